// Any bytes at all: nothing crashes, nothing is read twice or lost, every refusal says why.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstring>

#include "protocol/decoder.h"
#include "protocol/encoder.h"
#include "protocol/framer.h"
#include "protocol/json_view.h"
#include "protocol/json_writer.h"

namespace muster::protocol {
namespace {

constexpr std::array<std::string_view, 8> kLines = {
    R"({"type":"submit_job","job_id":"a","retry":{"factor":1.5},"payload":{"x":[1e400]}})",
    R"({"type":"submit_jobs","jobs":[{"duration":1},{"command":["ls"],"tags":["\u00e4"]}]})",
    R"({"type":"request_job","worker_id":"w","queues":["a","b"],"max":3,"wait_ms":10})",
    R"({"type":"job_complete","job_id":"a","lease":5,"submit":[{"duration":1}],"next":{}})",
    R"({"type":"jobs_complete","jobs":[{"job_id":"a","lease":1,"result":"x"}]})",
    R"({"type":"job_failed","job_id":"a","lease":5,"error":{"message":"m\ud800","exit_code":1}})",
    R"({"type":"register_worker","worker_id":"w","instance":"i","held":[{"id":"a","lease":1}]})",
    R"({"type":"submit_job","data":{"job_id":"a","run_at":"2026-11-24T03:30:00Z","duration":1}})",
};

rc::Gen<std::string> bytes() { return rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

// Bytes that look like the protocol: lines with some bytes replaced, dropped or put in.
rc::Gen<std::string> stream() {
  return rc::gen::exec([] {
    std::string text;
    const auto lines = *rc::gen::inRange<size_t>(1, 5);
    for (size_t i = 0; i < lines; ++i) {
      std::string line(*rc::gen::elementOf(kLines));
      const auto edits = *rc::gen::inRange<size_t>(0, 4);
      for (size_t edit = 0; edit < edits; ++edit) {
        const auto at = *rc::gen::inRange<size_t>(0, line.size());
        const std::string piece = *rc::gen::elementOf(
            std::vector<std::string>{"", "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "\xC3",
                                     "0", "null", "\x01", R"(,"job_id":"b")"});
        line.replace(at, *rc::gen::inRange<size_t>(0, 3), piece);
      }
      text += line + "\n";
    }
    return text;
  });
}

std::string fed(Framer& framer, std::string_view piece) {
  std::string out;
  const auto room = framer.room(piece.size());
  std::memcpy(room.data(), piece.data(), piece.size());
  framer.written(piece.size());
  while (const auto frame = framer.next()) {
    out += frame->kind == Frame::Kind::kObject ? std::string(frame->object)
                                               : std::string(info(frame->error.code).name);
    out += '\n';
  }
  return out;
}

RC_GTEST_PROP(ProtocolProperty, DecodingTakesAnyBytes, ()) {
  const std::string text = *rc::gen::oneOf(bytes(), stream());
  Decoder decoder;
  const std::vector<char> exact(text.begin(), text.end());
  const Request& request = decoder.decode({exact.data(), exact.size()});
  if (const Error* error = std::get_if<Error>(&request.what)) {
    RC_ASSERT(!error->message.empty());
    std::string line;
    encode_error(request.rid, *error, request.job_id, &line);
    RC_ASSERT(check_json(line).has_value());
  }
}

RC_GTEST_PROP(ProtocolProperty, FramesDoNotDependOnTheReads, ()) {
  const std::string text = *rc::gen::oneOf(bytes(), stream());
  Framer whole(300);
  const std::string expected = text.empty() ? "" : fed(whole, text);
  Framer pieces(300);
  std::string seen;
  for (size_t at = 0; at < text.size();) {
    const auto size = *rc::gen::inRange<size_t>(1, 40);
    seen += fed(pieces, std::string_view(text).substr(at, size));
    at += size;
  }
  RC_ASSERT(seen == expected);
  RC_ASSERT(pieces.buffered() == whole.buffered());
}

RC_GTEST_PROP(ProtocolProperty, WhatIsFramedAndDecodedIsAnsweredOrRefused, ()) {
  const std::string text = *stream();
  Framer framer(1000);
  Decoder decoder;
  const auto room = framer.room(text.size());
  std::memcpy(room.data(), text.data(), text.size());
  framer.written(text.size());
  while (const auto frame = framer.next()) {
    if (frame->kind != Frame::Kind::kObject) continue;
    const Request& request = decoder.decode(frame->object);
    RC_ASSERT(std::holds_alternative<Error>(request.what) || !request.verb.empty());
  }
}

RC_GTEST_PROP(ProtocolProperty, WrittenStringsAreReadBack, ()) {
  // Any code points, so that the text is UTF-8.
  std::string text;
  for (const uint32_t point :
       *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(0U, 0x110000U))) {
    std::string escaped =
        point < 0x10000
            ? fmt::format("\\u{:04x}", point)
            : fmt::format("\\u{:04x}\\u{:04x}", 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF));
    append_unescaped(escaped, &text);
  }
  std::string json;
  append_json_string(text, &json);
  const auto value = check_json(json);
  RC_ASSERT(value.has_value());
  RC_ASSERT(JsonView(*value).string() == text);
}

RC_GTEST_PROP(ProtocolProperty, WrittenStringsAreAlwaysJson, ()) {
  std::string json;
  append_json_string(*bytes(), &json);
  RC_ASSERT(check_json(json).has_value());
}

}  // namespace
}  // namespace muster::protocol
