#include "muster/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "client/scripted_server.h"

namespace muster::client {
namespace {

Deadline soon() { return Clock::now() + std::chrono::seconds(20); }
Deadline past() { return Clock::now() - std::chrono::seconds(1); }

// A connection over a socket pair, and the other end as a plain descriptor.
struct Pair {
  explicit Pair(Waker* waker = nullptr) : near(make(waker)) {}
  ~Pair() { close_far(); }

  Connection make(Waker* waker) {
    int sockets[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    far = sockets[1];
    return Connection::adopt(sockets[0], waker);
  }
  void say(std::string_view bytes) const {
    EXPECT_EQ(::send(far, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  void close_far() {
    if (far >= 0) ::close(far);
    far = -1;
  }

  int far = -1;
  Connection near;
};

std::string receive(Connection& connection) {
  auto line = connection.receive(soon());
  return line ? std::string(*line) : "failure: " + line.failure().code;
}

TEST(Connection, GivesLinesHoweverTheyArrive) {
  Pair pair;
  pair.say("one\ntwo\r\n\nth");
  EXPECT_EQ(receive(pair.near), "one");
  EXPECT_EQ(receive(pair.near), "two");
  EXPECT_EQ(pair.near.buffered_line(), "");
  pair.say("ree\nfour");
  EXPECT_EQ(receive(pair.near), "three");
  auto none = pair.near.receive(past());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.failure().kind, FailureKind::kTimedOut);
  pair.say("!\n");
  EXPECT_EQ(receive(pair.near), "four!");
}

TEST(Connection, TakesLinesLongerThanItsBuffer) {
  Pair pair;
  const std::string first(300'000, 'a');
  const std::string second(1'000'000, 'b');
  std::thread writer([&] {
    const std::string all = "x\n" + first + "\n" + second + "\n";
    for (size_t at = 0; at < all.size();) {
      const ssize_t sent = ::send(pair.far, all.data() + at, all.size() - at, 0);
      if (sent <= 0) return;
      at += static_cast<size_t>(sent);
    }
  });
  EXPECT_EQ(receive(pair.near), "x");
  EXPECT_EQ(receive(pair.near), first);
  EXPECT_EQ(receive(pair.near), second);
  writer.join();
}

TEST(Connection, ALineWithoutEndIsRefused) {
  Pair pair;
  std::thread writer([&] {
    const std::string piece(1 << 20, 'a');
    while (::send(pair.far, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  {
    Connection connection = std::move(pair.near);  // closed at the end: the writer gives up
    auto line = connection.receive(soon());
    ASSERT_FALSE(line);
    EXPECT_EQ(line.failure().kind, FailureKind::kBadAnswer);
  }
  writer.join();
}

TEST(Connection, TheEndIsAFailureAfterTheLastLine) {
  Pair pair;
  pair.say("last\nhalf");
  pair.close_far();
  EXPECT_EQ(receive(pair.near), "last");
  EXPECT_EQ(receive(pair.near), "failure: unreachable");
  EXPECT_EQ(receive(pair.near), "failure: unreachable");
}

TEST(Connection, WakingEndsAWaitAndKeepsTheConnection) {
  Waker waker;
  Pair pair(&waker);
  std::thread other([&] { waker.wake(); });
  EXPECT_EQ(receive(pair.near), "failure: interrupted");
  EXPECT_EQ(receive(pair.near), "failure: interrupted");  // until it is cleared
  other.join();
  pair.say("here\n");
  EXPECT_EQ(receive(pair.near), "here");  // what has come is given all the same
  EXPECT_TRUE(waker.woken());
  waker.clear();
  EXPECT_FALSE(waker.woken());
  auto none = pair.near.receive(past());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.failure().kind, FailureKind::kTimedOut);
}

TEST(Connection, SendReadsAheadSoThatPipelinesDoNotBlockEachOther) {
  Pair pair;
  // The peer answers every request before it reads the next, and stops reading while its answers do
  // not leave: without reading ahead both sides would wait for ever.
  const std::string request = std::string(999, 'q') + "\n";
  const std::string answer = std::string(999, 'a') + "\n";
  constexpr int kRequests = 5'000;
  std::thread server([&] {
    std::string in(request.size(), ' ');
    for (int i = 0; i < kRequests; ++i) {
      if (::recv(pair.far, in.data(), in.size(), MSG_WAITALL) <= 0) return;
      if (::send(pair.far, answer.data(), answer.size(), 0) <= 0) return;
    }
  });
  std::string all;
  for (int i = 0; i < kRequests; ++i) all += request;
  EXPECT_TRUE(pair.near.send(all, soon()));
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(receive(pair.near).size(), 999u);
  server.join();
}

TEST(Connection, SendEndsAtItsDeadline) {
  Pair pair;
  const auto sent = pair.near.send(std::string(50'000'000, 'x'), past());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.failure().kind, FailureKind::kTimedOut);
}

TEST(Connection, ConnectsAndTalks) {
  ScriptedServer server({[](ScriptedServer::Peer& peer) { peer.answer("pong"); }});
  auto connection = Connection::connect(*Address::parse(server.address()), soon());
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->send("ping\n", soon()));
  EXPECT_EQ(receive(*connection), "pong");
  EXPECT_EQ(receive(*connection), "failure: unreachable");
}

TEST(Connection, FinishSendingIsSeenByTheServer) {
  ScriptedServer server({[](ScriptedServer::Peer& peer) {
    peer.read();
    peer.send(peer.read().empty() ? "end seen\n" : "more came\n");
  }});
  auto connection = Connection::connect(*Address::parse(server.address()), soon());
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->send("one\n", soon()));
  connection->finish_sending();
  EXPECT_EQ(receive(*connection), "end seen");
}

TEST(Connection, RefusedConnectionsSayWhereAndWhy) {
  std::string address;
  {
    ScriptedServer server({});
    address = server.address();
  }  // nobody listens there any more
  auto connection = Connection::connect(*Address::parse(address), soon());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.failure().kind, FailureKind::kUnreachable);
  EXPECT_TRUE(connection.failure().retryable);
  EXPECT_NE(connection.failure().message.find(address), std::string::npos);
}

TEST(Connection, UnknownHostsAreUnreachable) {
  auto connection = Connection::connect(*Address::parse("no.such.host.invalid:1"), soon());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.failure().kind, FailureKind::kUnreachable);
}

TEST(Address, TakesTheUsualForms) {
  EXPECT_EQ(Address::parse("10.0.0.1:9")->text(), "10.0.0.1:9");
  EXPECT_EQ(Address::parse("queue.example")->text(), "queue.example:8080");
  EXPECT_EQ(Address::parse(":9000")->text(), "127.0.0.1:9000");
  EXPECT_EQ(Address::parse("[::1]:9000")->text(), "[::1]:9000");
  EXPECT_EQ(Address::parse("[::1]")->text(), "[::1]:8080");
  EXPECT_EQ(Address::parse("[::1]:9000")->host, "::1");
}

TEST(Address, RefusesTheRestWithAReason) {
  for (const char* text : {"", "host:", "host:0", "host:65536", "host:80x", "::1", "[::1", "[]:1",
                           "[::1]9", "http://host:80", "a b:1"}) {
    auto address = Address::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.failure().kind, FailureKind::kBadInput) << text;
    EXPECT_NE(address.failure().message.find("HOST:PORT"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace muster::client
