// hello.
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {

void read_hello(Fields& fields, Decoder::Scratch& scratch) {
  if (!fields.read_all()) return;
  Hello hello;
  hello.proto = static_cast<uint64_t>(
      fields.integer(kHelloFields["proto"], 1, static_cast<int64_t>(kMaxNumber), 1));
  hello.client = fields.text(kHelloFields["client"], 0, limits::kNameBytes);
  hello.ns = fields.name(kHelloFields["namespace"]);
  fields.text(kHelloFields["token"], 0, limits::kLabelsBytes);  // its form only; not yet asked for
  scratch.request.what = hello;
}

}  // namespace muster::protocol
