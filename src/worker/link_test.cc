// The two threads against a scripted server: every step waits for the inbox.
#include "worker/link.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "client/scripted_server.h"
#include "worker/heart.h"

namespace muster::worker {
namespace {

using client::ScriptedServer;
using Peer = ScriptedServer::Peer;

class ThreadsTest : public testing::Test {
 protected:
  // The next message; blocks.
  Message next() {
    while (at_ == messages_.size()) {
      pollfd fd = {inbox_.fd(), POLLIN, 0};
      ::poll(&fd, 1, -1);
      messages_ = inbox_.take();
      at_ = 0;
    }
    return std::move(messages_[at_++]);
  }
  template <class T>
  T expect() {
    Message message = next();
    EXPECT_TRUE(std::holds_alternative<T>(message)) << message.index();
    return std::holds_alternative<T>(message) ? std::get<T>(std::move(message)) : T{};
  }
  static client::Address address(const ScriptedServer& server) {
    return *client::Address::parse(server.address());
  }

  Inbox inbox_;

 private:
  std::vector<Message> messages_;
  size_t at_ = 0;
};

using LinkTest = ThreadsTest;
using HeartTest = ThreadsTest;

TEST_F(LinkTest, LinesGoBothWays) {
  ScriptedServer server({[](Peer& peer) {
    peer.answer("one");
    peer.answer("two");
    peer.read();  // until the link is gone
  }});
  Link link(address(server), &inbox_);
  const uint64_t connection = expect<Connected>().connection;
  link.send(connection, "a\n");
  EXPECT_EQ(expect<LineCame>().line, "one");
  link.send(connection, "b\n");
  EXPECT_EQ(expect<LineCame>().line, "two");
  EXPECT_EQ(server.seen(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(LinkTest, ComesBackAndNeverMixesConnections) {
  ScriptedServer server({[](Peer& peer) { peer.read(); },
                         [](Peer& peer) {
                           peer.answer("hello");
                           peer.read();
                         }});
  Link link(address(server), &inbox_);
  const uint64_t first = expect<Connected>().connection;
  link.send(first, "a\n");
  EXPECT_EQ(expect<Disconnected>().connection, first);
  const uint64_t second = expect<Connected>().connection;
  EXPECT_NE(first, second);
  link.send(first, "stale\n");
  link.send(second, "b\n");
  EXPECT_EQ(expect<LineCame>().connection, second);
  EXPECT_EQ(server.seen(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(LinkTest, FinishSendsWhatThereIsAndReadsToTheEnd) {
  ScriptedServer server({[](Peer& peer) {
    EXPECT_EQ(peer.read(), "a");
    EXPECT_EQ(peer.read(), "");
    peer.send("late\n");
  }});
  Link link(address(server), &inbox_);
  const uint64_t connection = expect<Connected>().connection;
  link.send(connection, "a\n");
  link.finish(connection);
  EXPECT_EQ(expect<LineCame>().line, "late");
  EXPECT_EQ(expect<Disconnected>().connection, connection);
}

TEST_F(LinkTest, GivesUpAConnectionWhenTold) {
  ScriptedServer server({[](Peer& peer) { peer.read(); }, [](Peer& peer) { peer.read(); }});
  Link link(address(server), &inbox_);
  const uint64_t connection = expect<Connected>().connection;
  link.reconnect(connection);
  EXPECT_EQ(expect<Disconnected>().connection, connection);
  EXPECT_GT(expect<Connected>().connection, connection);
}

TEST_F(LinkTest, SaysWhyThereIsNoConnection) {
  std::string gone;
  {
    const ScriptedServer server({});
    gone = server.address();
  }
  Link link(*client::Address::parse(gone), &inbox_);
  const Disconnected none = expect<Disconnected>();
  EXPECT_EQ(none.connection, 0U);
  EXPECT_NE(none.why.find("refused"), std::string::npos);
}

constexpr const char* kAlive = R"({"status":"ok","state":"running","heartbeat_ms":30000})";

TEST_F(HeartTest, BeatsAtOnceWhenOpenedAndWhenThereIsWork) {
  ScriptedServer server({[](Peer& peer) {
    peer.answer(kAlive);
    peer.answer(kAlive);
    peer.read();
  }});
  Heart heart(address(server), "beat\n", &inbox_);
  EXPECT_TRUE(server.seen().empty());
  heart.set(true, false);
  EXPECT_EQ(expect<HeartbeatAnswered>().line, kAlive);
  heart.set(true, true);  // the next one would come after 30 s
  EXPECT_EQ(expect<HeartbeatAnswered>().line, kAlive);
  EXPECT_EQ(server.seen(), (std::vector<std::string>{"beat", "beat"}));
}

TEST_F(HeartTest, BeatsOverANewConnectionWhenOneBreaks) {
  ScriptedServer server({[](Peer& peer) { peer.read(); },
                         [](Peer& peer) {
                           peer.answer(kAlive);
                           peer.read();
                         }});
  Heart heart(address(server), "beat\n", &inbox_);
  heart.set(true, true);
  EXPECT_EQ(expect<HeartbeatAnswered>().line, kAlive);
}

TEST_F(HeartTest, StopsWhileTheServerIsSilent) {
  ScriptedServer server({[](Peer& peer) {
    peer.read();
    peer.read();  // says nothing until the heart is gone
  }});
  Heart heart(address(server), "beat\n", &inbox_);
  heart.set(true, true);
  while (server.seen().empty()) std::this_thread::yield();
}

}  // namespace
}  // namespace muster::worker
