#include "worker/supervision.h"

#include "base/bytes.h"

namespace muster::worker {
namespace {

std::string framed(std::string_view content) {
  std::string frame;
  ByteWriter writer(&frame);
  writer.u32(static_cast<uint32_t>(content.size()));
  frame.append(content);
  return frame;
}

void write_list(ByteWriter& writer, const std::vector<std::string>& list) {
  writer.varint(list.size());
  for (const std::string& item : list) writer.bytes(item);
}

std::vector<std::string> read_list(ByteReader& reader) {
  std::vector<std::string> list;
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    list.emplace_back(reader.bytes());
  }
  return list;
}

void write_optional(ByteWriter& writer, std::optional<int32_t> value) {
  writer.u8(value ? 1 : 0);
  if (value) writer.svarint(*value);
}

std::optional<int32_t> read_optional(ByteReader& reader) {
  if (reader.u8() == 0) return std::nullopt;
  return static_cast<int32_t>(reader.svarint());
}

void write_captured(ByteWriter& writer, const Captured& captured) {
  writer.bytes(captured.head);
  writer.varint(captured.dropped);
  writer.bytes(captured.tail);
}

Captured read_captured(ByteReader& reader) {
  Captured captured;
  captured.head = reader.bytes();
  captured.dropped = reader.varint();
  captured.tail = reader.bytes();
  return captured;
}

}  // namespace

std::string encode_frame(const ExecSpec& spec) {
  std::string content;
  ByteWriter writer(&content);
  write_list(writer, spec.argv);
  write_list(writer, spec.environment);
  writer.svarint(spec.grace.ms());
  return framed(content);
}

std::string encode_frame(const ExecReport& report) {
  std::string content;
  ByteWriter writer(&content);
  writer.svarint(report.spawn_error);
  write_optional(writer, report.exit_code);
  write_optional(writer, report.signal);
  writer.varint(report.duration_ms);
  writer.varint(report.max_rss_bytes);
  writer.varint(report.leftovers);
  writer.varint(report.survivors);
  write_captured(writer, report.out);
  write_captured(writer, report.err);
  return framed(content);
}

size_t frame_length(std::string_view header) { return ByteReader(header).u32(); }

std::optional<std::string_view> frame_content(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  const size_t length = frame_length(bytes);
  if (bytes.size() - kFrameHeaderBytes < length) return std::nullopt;
  return bytes.substr(kFrameHeaderBytes, length);
}

std::optional<ExecSpec> decode_spec(std::string_view content) {
  ByteReader reader(content);
  ExecSpec spec;
  spec.argv = read_list(reader);
  spec.environment = read_list(reader);
  spec.grace = Duration::milliseconds(reader.svarint());
  if (!reader.done() || spec.argv.empty()) return std::nullopt;
  return spec;
}

std::optional<ExecReport> decode_report(std::string_view content) {
  ByteReader reader(content);
  ExecReport report;
  report.spawn_error = static_cast<int>(reader.svarint());
  report.exit_code = read_optional(reader);
  report.signal = read_optional(reader);
  report.duration_ms = reader.varint();
  report.max_rss_bytes = reader.varint();
  report.leftovers = reader.varint();
  report.survivors = reader.varint();
  report.out = read_captured(reader);
  report.err = read_captured(reader);
  if (!reader.done()) return std::nullopt;
  return report;
}

}  // namespace muster::worker
