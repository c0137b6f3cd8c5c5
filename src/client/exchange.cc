#include "client/exchange.h"

#include <algorithm>
#include <utility>

#include "client/failures.h"
#include "client/wait_for.h"

namespace muster::client {

Failure refusal(const protocol::JsonView& error) {
  const Error read = protocol::read_error(error);
  Failure failure{.kind = FailureKind::kRefused,
                  .code = error["code"].string_or(info(read.code).name),
                  .message = read.message,
                  .job_id = error["job_id"].string_or(""),
                  .retryable = error["retryable"].boolean_or(info(read.code).retryable)};
  if (read.retry_after) failure.retry_after = Milliseconds(read.retry_after->ms());
  return failure;
}

Exchange::Exchange(ClientOptions options) : options_(std::move(options)) {}

void Exchange::begin_call() {
  give_up_.reset();
  backoff_.reset();
}

Expected<protocol::Answer> Exchange::ask(std::string_view line, Milliseconds waits) {
  begin_call();
  return ask_again(line, waits);
}

Expected<protocol::Answer> Exchange::ask_again(std::string_view line, Milliseconds waits) {
  while (true) {
    auto answer = once(line, waits);
    if (answer || answer.failure().kind == FailureKind::kRefused) return answer;
    // Whatever else went wrong: an answer that comes later must not be taken for the next one's.
    connection_.reset();
    if (answer.failure().kind != FailureKind::kUnreachable || !pause(answer.failure()))
      return answer;
  }
}

Expected<protocol::Answer> Exchange::once(std::string_view line, Milliseconds waits) {
  if (auto connected = connect(); !connected) return connected.failure();
  const Deadline deadline = Clock::now() + options_.answer_timeout + waits;
  if (auto sent = connection_->send(line, deadline); !sent) return sent.failure();
  const auto received = connection_->receive(deadline);
  if (!received) return received.failure();
  auto answer = protocol::Answer::parse(*received);
  if (!answer) return failure(FailureKind::kBadAnswer, answer.error().message);
  if (answer->refused()) return refusal(answer->object());
  return std::move(answer).value();
}

Expected<Nothing> Exchange::connect() {
  if (connection_) return Nothing{};
  auto address = Address::parse(options_.server);
  if (!address) return address.failure();
  auto made =
      Connection::connect(*address, Clock::now() + options_.connect_timeout, options_.waker);
  if (!made) return made.failure();
  connection_.emplace(*std::move(made));
  ever_connected_ = true;
  return Nothing{};
}

bool Exchange::pause(const Failure& why) {
  const auto now = Clock::now();
  if (!give_up_) {
    give_up_ = now + (ever_connected_ ? options_.reconnect_for : options_.connect_for);
  }
  if (now >= *give_up_) return false;
  const Milliseconds length =
      std::max(backoff_.next(kCapOtherwise), why.retry_after.value_or(Milliseconds{0}));
  if (options_.on_retry) options_.on_retry(why, length);
  // The last try comes at the very end rather than not at all.
  const Deadline until = std::min(now + length, *give_up_);
  return wait_for(-1, 0, options_.waker, until) == Ready::kTimeout;
}

}  // namespace muster::client
