// The numbers of Muster, a type each. All stay below 2^53 (kMaxNumber), so that clients whose
// numbers are doubles keep them exact.
#pragma once

#include "base/strong_id.h"

namespace muster {

inline constexpr uint64_t kMaxNumber = (uint64_t{1} << 53) - 1;

using JobSeq = StrongId<struct JobSeqTag>;          // numbers jobs in order of acceptance, from 1
using OrderSeq = StrongId<struct OrderSeqTag>;      // place of a ready job inside its priority
using LeaseToken = StrongId<struct LeaseTokenTag>;  // grows with every lease, over restarts too
using Sequence = StrongId<struct SequenceTag>;      // numbers events, from 1
using ConnectionId = StrongId<struct ConnectionIdTag>;
using RequestId = StrongId<struct RequestIdTag>;  // numbers the requests of one connection
using SubscriptionId = StrongId<struct SubscriptionIdTag>;

// The last event known to be durable. A type of its own: a written event is not yet a durable one.
struct Durable {
  Sequence through;
  bool covers(Sequence sequence) const { return sequence <= through; }
};

// Whom an answer goes to.
struct ReplyTo {
  ConnectionId connection;
  RequestId request;
  bool operator==(const ReplyTo&) const = default;
};

}  // namespace muster
