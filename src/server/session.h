// Session: one connection's conversation. Takes bytes and the time; frames, decodes and checks
// them, has commands handled in the order read, and writes the answers in the order due. Knows no
// socket and no thread. Owned by the server, used on the loop's thread.
//
// The first byte decides for the life of the connection: an upper-case letter is HTTP (not spoken:
// 501), 0x16 is TLS (closed at once); neither ever reaches the parser of jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/ids.h"
#include "model/reply.h"
#include "protocol/decoder.h"
#include "protocol/encoder.h"
#include "protocol/framer.h"
#include "server/answer_order.h"
#include "server/commit_queue.h"
#include "server/pressure.h"

namespace muster::server {

class Session;

// What a session needs of the server around it.
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  // Has the engine handle it; answers and pushes arrive at the sessions before the call returns, or
  // later.
  virtual void handle(ReplyTo from, const Command& command, Now now) = 0;

  virtual Sequence applied() const = 0;  // the last event, for stamps
  virtual Pressure::Gate gate() const = 0;
  virtual Error refusal() const = 0;
  virtual protocol::ServerFacts facts(Now now) const = 0;
  virtual protocol::Decoder& decoder() = 0;

  // This session's answers that have not been handed to its socket grew or shrank by so much; and
  // whether all sessions together have more of them than there should be.
  virtual void unsent_changed(ptrdiff_t bytes) = 0;
  virtual bool crowded() const = 0;

  // The session has lines to send, or changed what it wants of its connection. Once or more a turn.
  virtual void touched(Session& session) = 0;
};

class Session {
 public:
  Session(ConnectionId id, SessionHost& host, size_t line_limit);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ConnectionId id() const { return id_; }

  // From the connection. Bytes that arrive after the session ended are ignored.
  void receive(std::string_view bytes, Now now);
  void end_of_input(Now now);
  void sent(size_t bytes);
  void queued(size_t bytes) { unsent_ += bytes; }  // left the outbox, not yet handed to the socket

  // From the engine.
  void answer(RequestId request, const Reply& reply, Now now);
  void push(const Push& push);

  // Goes on with what was left unread for want of room; from time to time, and when that may have
  // changed.
  bool held_up() const { return held_up_; }
  void resume(Now now);

  // An object that was begun too long ago is answered and dropped.
  bool object_open() const { return open_since_.has_value(); }
  void check_open_object(Now now);

  // More bytes are welcome.
  bool wants_input() const { return !held_up_ && !input_ended_ && !over_; }
  // Nothing more will be said than what the outbox and the queue hold: close behind it.
  bool over() const { return over_; }

  // The server stops: what waits is answered, what was left unread stays so.
  void stop(Now now);

  Outbox& outbox() { return outbox_; }
  std::vector<Delivery> undelivered() const;  // assignments in the outbox or held back

  // The server's own marks: on which of its lists the session stands.
  struct Lists {
    bool touched = false;
    bool held_up = false;
    bool finishing = false;
    bool unread = false;  // the transport was told not to read
  } lists;

 private:
  enum class Wire : uint8_t { kUndecided, kNative, kOther };

  void decide_wire(char first);
  void process(Now now);
  bool has_room();
  size_t unsent() const;
  void count_unsent();
  // False: to be taken again later.
  bool take(const protocol::Frame& frame, Now now);
  bool take_request(const protocol::Request& request, Now now);
  bool must_wait(const Command& command) const;
  void handle(RequestId id, const Command& command, Now now);
  // Writes one answer of the session's own.
  template <class Encode>
  void write(RequestId id, Encode encode);
  void say_error(const Error& error);
  void finish_input(Now now);
  void note_deliveries(const Reply& reply, Chunk* chunk);

  const ConnectionId id_;
  SessionHost& host_;
  protocol::Framer framer_;
  AnswerOrder order_;
  Outbox outbox_;
  size_t unsent_ = 0;   // left the outbox
  size_t counted_ = 0;  // of unsent(), as the host was last told
  Wire wire_ = Wire::kUndecided;
  bool held_up_ = false;      // left unread until resume()
  bool full_ = false;         // over a limit of unanswered or unsent; until half of it
  bool input_ended_ = false;  // the peer sends no more
  bool engine_knows_end_ = false;
  bool over_ = false;
  std::optional<protocol::Frame> left_;  // a submission that must wait
  std::optional<Instant> open_since_;
};

}  // namespace muster::server
