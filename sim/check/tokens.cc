#include "sim/check/tokens.h"

namespace muster::sim {

void Tokens::given(LeaseToken token, JobSeq job, Sequence sequence) {
  if (token <= newest_) {
    violations_.add("token-grows", "event {}: job {} was leased under token {}, after token {}",
                    sequence.value(), job.value(), token.value(), newest_.value());
  } else if (token < floor_) {
    violations_.add("token-grows",
                    "event {}: job {} was leased under token {}; a restart begins at {}",
                    sequence.value(), job.value(), token.value(), floor_.value());
  }
  newest_ = std::max(newest_, token);
  if (token >= end_) {
    violations_.add("token-reserved",
                    "event {}: job {} was leased under token {}; reserved are those below {}",
                    sequence.value(), job.value(), token.value(), end_.value());
  }
  if (token.value() > kMaxNumber) {
    violations_.add("token-grows", "event {}: token {} is no exact double", sequence.value(),
                    token.value());
  }
}

void Tokens::reserving(LeaseToken end, Sequence sequence) {
  if (end <= end_) {
    violations_.add("token-reserved", "event {}: tokens are reserved up to {}, and were up to {}",
                    sequence.value(), end.value(), end_.value());
  }
  end_ = std::max(end_, end);
}

void Tokens::restarted() {
  floor_ = end_ = durable_end_;
  if (newest_ >= end_) newest_ = LeaseToken(end_.value() - std::min<uint64_t>(end_.value(), 1));
}

}  // namespace muster::sim
