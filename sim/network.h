// Network: the simulated wire between clients and the server; the server's Transport. Bytes of one
// connection arrive in order and in pieces of any size; connections break, go silent and are not
// read. Mirrors server/loop_connections: what was not handed to the "socket" (a window of bytes)
// when a connection broke is given back as undelivered.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/server.h"
#include "server/transport.h"
#include "sim/random.h"
#include "sim/timeline.h"

namespace muster::sim {

using LinkId = uint64_t;  // also the server's ConnectionId; never used twice

// The client's end of its links. Calls come from the timeline, never from inside a call to Network.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void connected(LinkId link) = 0;
  virtual void line(LinkId link, std::string_view line) = 0;  // without its '\n'
  virtual void broken(LinkId link) = 0;  // refused, closed or reset; the link is forgotten
  // The server has learnt that nothing more comes over this link.
  virtual void server_dropped(LinkId /*link*/) {}
};

// How bad the wire is; chosen by the plan, changed by faults.
struct Weather {
  Micros least_delay = 50;
  Micros most_delay = 500;
  uint32_t chop = 50;  // ‰ of writes that arrive in several pieces
};

class Network final : public server::Transport {
 public:
  // Who serves: whether there is one that listens, and whether it runs (is not paused).
  struct Host {
    std::function<server::Server*()> listening;  // null: connections are refused
    std::function<bool()> awake;
    std::function<Now()> now;
    std::function<void()> request_turn;
  };
  Network(Timeline& timeline, Random random) : timeline_(timeline), random_(random) {}
  void set_host(Host host) { host_ = std::move(host); }
  Weather& weather() { return weather_; }

  // Clients.
  LinkId connect(Peer& peer);
  // `arrived` is called when the last byte has been given to the server.
  void write(LinkId link, std::string bytes, std::function<void()> arrived = {});
  void half_close(LinkId link);
  void close(LinkId link);  // the peer hears nothing more of it
  void set_reading(LinkId link, bool reading);
  bool alive(LinkId link) const { return links_.contains(link); }

  // Faults.
  void reset_some(uint32_t per_mille);
  void silence_some(uint32_t per_mille, Micros how_long);  // black hole, both directions
  void half_open_some(uint32_t per_mille);                 // the client is told, the server is not
  // The server's process is gone: every connection is reset.
  void server_died();
  // It runs again after a pause: what has arrived meanwhile is read.
  void server_resumed();

  // server::Transport
  void send(ConnectionId connection, server::Chunk chunk) override;
  void flush() override;
  void resume_reading(ConnectionId connection) override;
  void finish(ConnectionId connection) override;
  void request_turn() override { host_.request_turn(); }

  // A hash of all that the server has said, by link and in order.
  uint64_t said() const { return said_; }
  uint64_t bytes_said() const { return bytes_said_; }
  size_t links() const { return links_.size(); }

 private:
  struct Piece {
    std::string bytes;
    Micros at = 0;
    std::function<void()> arrived;
    bool end = false;  // of the sender's bytes
  };
  struct Link {
    LinkId id = 0;
    Peer* owner = nullptr;     // lives as long as the network
    bool client_gone = false;  // it closed its end, or was told that it broke
    bool vanished = false;     // the wire was cut: nothing arrives, nobody tells the server
    bool accepted = false;     // by the server's kernel
    bool open = false;         // the server knows it
    bool server_reads = true;  // it asked for bytes
    bool client_reads = true;
    bool input_ended = false;
    bool finishing = false;
    bool finished = false;  // the server's end of bytes is on its way
    bool lost = false;      // the server is about to be told that it is closed
    Micros silent_until = 0;
    Micros up_at = 0;  // when the last piece arrives
    Micros down_at = 0;
    std::deque<Piece> up;           // to the server
    std::deque<Piece> down;         // to the client
    size_t in_flight = 0;           // bytes handed to the socket and not yet read by the client
    std::deque<server::Chunk> out;  // the server's, not yet handed to the socket
    size_t written = 0;             // of out.front()
    std::string unread;             // a line's beginning, at the client
  };

  Link* find(LinkId id);
  Micros delay() { return random_.between(weather_.least_delay, weather_.most_delay); }
  Micros arrival(const Link& link, Micros* last);
  void post_up(Link& link, Piece piece);
  void post_down(Link& link, Piece piece);
  void accept(LinkId id);
  void arrive_up(LinkId id);
  void give_up_pieces(Link& link, server::Server& server);
  void arrive_down(LinkId id);
  void take_lines(LinkId id, std::string bytes);
  void put(Link& link);
  void all_put(Link& link);
  void lose(Link& link);
  void gone(LinkId id);
  void tell_client(LinkId id);
  void drop_at_server(Link& link);
  void forget_if_over(LinkId id);
  std::vector<LinkId> some(uint32_t per_mille);

  Timeline& timeline_;
  Random random_;
  Host host_;
  Weather weather_;
  std::map<LinkId, Link> links_;  // ordered: chance picks among them
  std::vector<LinkId> dirty_;
  LinkId last_ = 0;
  uint64_t said_ = 0;
  uint64_t bytes_said_ = 0;
};

}  // namespace muster::sim
