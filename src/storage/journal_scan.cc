#include "storage/journal_scan.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/mutant.h"
#include "model/limits.h"

namespace muster::storage {
namespace {

StorageError corrupt(const SegmentReader& reader, uint64_t offset, std::string_view why) {
  return {StorageErrorKind::kCorrupt,
          fmt::format("journal damaged: {} at {}: {}", reader.path(), offset, why)};
}

// Follows the chain through one segment, from its start to where it stops.
StorageResult<uint64_t> follow(SegmentReader& reader, JournalScan* scan,
                               const RecordVisitor& visit) {
  uint64_t offset = 0;
  while (true) {
    const StorageResult<std::optional<ParsedRecord>> record = reader.record_at(offset);
    if (!record.ok()) return record.error();
    if (!*record) return offset;
    const ParsedRecord& found = **record;
    if (!scan->end.continued_by(found.header)) {
      return corrupt(reader, offset,
                     fmt::format("the record with event {} does not follow the one before it, "
                                 "event {} was expected",
                                 found.header.first.value(), scan->end.next.value()));
    }
    const StorageResult<Unit> visited = visit(found);
    if (!visited.ok()) return visited.error();
    scan->end.advance(found);
    scan->sealed = found.header.kind == RecordKind::kSeal;
    offset += found.bytes;
  }
}

// The last segment stops at `stop`: refuses it if a record behind it knew this place to be durable.
StorageResult<Unit> check_tail(SegmentReader& reader, uint64_t stop, Sequence next) {
  constexpr uint64_t kStep = limits::kRecordAlignment;
  for (uint64_t offset = stop + kStep; offset < reader.file_bytes(); offset += kStep) {
    const StorageResult<std::optional<ParsedRecord>> record = reader.record_at(offset);
    if (!record.ok()) return record.error();
    if (*record && (*record)->header.durable_offset > stop &&
        !MUSTER_MUTANT(damage_taken_for_torn)) {
      return corrupt(reader, stop,
                     fmt::format("the record with event {} is not whole, and was: the record at {} "
                                 "was written after it was durable",
                                 next.value(), offset));
    }
  }
  return Unit{};
}

// Whether what stands at `stop` was begun and not finished: neither zeros nor a stale record.
StorageResult<bool> has_torn_bytes(SegmentReader& reader, uint64_t stop) {
  char head[kRecordHeaderBytes] = {};
  const StorageResult<size_t> got = reader.file().read(stop, head, sizeof head);
  if (!got.ok()) return got.error();
  const std::string_view bytes(head, *got);
  return promised_event_bytes(bytes, reader.name().generation).has_value();
}

StorageResult<Unit> check_order(const std::vector<SegmentName>& segments,
                                const std::string& directory) {
  for (size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].first >= segments[i - 1].first &&
        segments[i].generation > segments[i - 1].generation) {
      continue;
    }
    return StorageError{StorageErrorKind::kCorrupt,
                        fmt::format("journal damaged: {}/{} does not belong behind {}", directory,
                                    file_name(segments[i]), file_name(segments[i - 1]))};
  }
  return Unit{};
}

}  // namespace

StorageResult<JournalScan> scan_journal(FileSystem& files, const std::string& directory,
                                        const std::vector<SegmentName>& segments,
                                        const RecordVisitor& visit) {
  const StorageResult<Unit> ordered = check_order(segments, directory);
  if (!ordered.ok()) return ordered.error();
  JournalScan scan;
  if (!segments.empty()) scan.end.next = segments.front().first;
  for (size_t i = 0; i < segments.size(); ++i) {
    StorageResult<SegmentReader> reader = SegmentReader::open(files, directory, segments[i]);
    if (!reader.ok()) return reader.error();
    const StorageResult<uint64_t> stop = follow(*reader, &scan, visit);
    if (!stop.ok()) return stop.error();
    scan.segments.push_back({segments[i], *stop});
    if (i + 1 < segments.size()) {
      const Sequence begins = segments[i + 1].first;
      if (begins == scan.end.next) continue;
      return corrupt(*reader, *stop,
                     fmt::format("the record with event {} is not whole, and was: the next segment "
                                 "begins with event {}",
                                 scan.end.next.value(), begins.value()));
    }
    const StorageResult<Unit> checked = check_tail(*reader, *stop, scan.end.next);
    if (!checked.ok()) return checked.error();
    const StorageResult<bool> torn = has_torn_bytes(*reader, *stop);
    if (!torn.ok()) return torn.error();
    if (*torn && MUSTER_MUTANT(torn_tail_refused)) return corrupt(*reader, *stop, "unfinished");
    if (*torn) scan.cut = fmt::format("{} at {}", reader->path(), *stop);
  }
  return scan;
}

}  // namespace muster::storage
