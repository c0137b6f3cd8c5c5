#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace muster::sim {
namespace {

constexpr size_t kWindow = 64 * 1024;    // what a socket takes before it blocks
constexpr Micros kLinger = 1 * kSecond;  // as server/loop_connections has it
constexpr size_t kPieces = 4;            // at most, of one write

}  // namespace

Network::Link* Network::find(LinkId id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

// Bytes of one direction never overtake each other.
Micros Network::arrival(const Link& link, Micros* last) {
  *last = std::max({*last, timeline_.now() + delay(), link.silent_until});
  return *last;
}

LinkId Network::connect(Peer& peer) {
  const LinkId id = ++last_;
  Link& link = links_[id];
  link.id = id;
  link.owner = &peer;
  timeline_.after(delay(), [this, id] { accept(id); });
  return id;
}

void Network::accept(LinkId id) {
  Link* const link = find(id);
  if (!link) return;
  server::Server* const server = host_.listening();
  if (!server) return tell_client(id);
  link->accepted = true;
  if (host_.awake()) {
    server->opened(ConnectionId(id));
    link->open = true;
  }
  if (!link->client_gone) link->owner->connected(id);
  arrive_up(id);
}

void Network::write(LinkId id, std::string bytes, std::function<void()> arrived) {
  Link* const link = find(id);
  if (!link || link->client_gone || link->vanished) return;
  if (random_.chance(weather_.chop) && bytes.size() > 1) {
    const size_t pieces = 1 + random_.below(kPieces);
    for (size_t i = 0; i < pieces && bytes.size() > 1; ++i) {
      const size_t cut = 1 + random_.below(bytes.size() - 1);
      post_up(*link, {bytes.substr(0, cut), 0, {}, false});
      bytes.erase(0, cut);
    }
  }
  post_up(*link, {std::move(bytes), 0, std::move(arrived), false});
}

void Network::post_up(Link& link, Piece piece) {
  piece.at = arrival(link, &link.up_at);
  timeline_.at(piece.at, [this, id = link.id] { arrive_up(id); });
  link.up.push_back(std::move(piece));
}

void Network::half_close(LinkId id) {
  Link* const link = find(id);
  if (link && !link->client_gone) post_up(*link, {{}, 0, {}, true});
}

void Network::close(LinkId id) {
  Link* const link = find(id);
  if (!link || link->client_gone) return;
  if (!link->vanished) post_up(*link, {{}, 0, {}, true});
  link->client_gone = true;
  link->down.clear();
  forget_if_over(id);
}

void Network::set_reading(LinkId id, bool reading) {
  Link* const link = find(id);
  if (!link) return;
  link->client_reads = reading;
  if (reading) timeline_.after(0, [this, id] { arrive_down(id); });
}

// ---------------------------------------------------------------- to the server

void Network::arrive_up(LinkId id) {
  Link* const link = find(id);
  server::Server* const server = host_.listening();
  if (!link || !server || !link->open || !host_.awake()) return;
  give_up_pieces(*link, *server);
  host_.request_turn();
}

void Network::give_up_pieces(Link& link, server::Server& server) {
  while (!link.up.empty() && link.up.front().at <= timeline_.now() && link.server_reads &&
         !link.lost) {
    Piece piece = std::move(link.up.front());
    link.up.pop_front();
    if (link.finished) {  // lingering: input is thrown away
      if (piece.end) lose(link);
      continue;
    }
    if (piece.end) {
      if (std::exchange(link.input_ended, true)) continue;
      drop_at_server(link);
      server.end_of_input(ConnectionId(link.id), host_.now());
      continue;
    }
    if (piece.arrived) piece.arrived();  // first: what comes of it is told while it is read
    link.server_reads = server.receive(ConnectionId(link.id), piece.bytes, host_.now());
  }
}

void Network::resume_reading(ConnectionId connection) {
  Link* const link = find(connection.value());
  if (!link || link->input_ended) return;
  link->server_reads = true;
  timeline_.after(0, [this, id = link->id] { arrive_up(id); });
}

// ---------------------------------------------------------------- to the client

void Network::send(ConnectionId connection, server::Chunk chunk) {
  Link* const link = find(connection.value());
  CHECK(link && link->open, "no connection {}", connection.value());
  said_ = mix64(said_, hash64(chunk.bytes, connection.value()));
  bytes_said_ += chunk.bytes.size();
  if (link->out.empty()) dirty_.push_back(link->id);
  link->out.push_back(std::move(chunk));
}

void Network::flush() {
  for (const LinkId id : std::exchange(dirty_, {})) {
    Link* const link = find(id);
    if (link && !link->lost) put(*link);
  }
}

// Hands to the socket what fits.
void Network::put(Link& link) {
  server::Server* const server = host_.listening();
  while (!link.out.empty() && link.in_flight < kWindow) {
    // The peer's machine answers a write with a reset: sometimes the first write gets through.
    if (link.client_gone && !link.vanished && random_.chance(500)) return lose(link);
    server::Chunk& chunk = link.out.front();
    const size_t left = chunk.bytes.size() - link.written;
    const size_t size = std::min(left, kWindow - link.in_flight);
    std::string bytes = size == chunk.bytes.size() ? std::move(chunk.bytes)
                                                   : chunk.bytes.substr(link.written, size);
    link.written = size == left ? 0 : link.written + size;
    if (size == left) link.out.pop_front();
    link.in_flight += size;
    post_down(link, {std::move(bytes), 0, {}, false});
    server->sent(ConnectionId(link.id), size);
    if (link.client_gone && !link.vanished) return lose(link);
  }
  if (link.out.empty()) all_put(link);
}

void Network::post_down(Link& link, Piece piece) {
  if (link.client_gone || link.vanished) return;
  piece.at = arrival(link, &link.down_at);
  timeline_.at(piece.at, [this, id = link.id] { arrive_down(id); });
  link.down.push_back(std::move(piece));
}

void Network::arrive_down(LinkId id) {
  while (Link* const link = find(id)) {
    if (link->client_gone || !link->client_reads) return;
    if (link->down.empty() || link->down.front().at > timeline_.now()) return;
    Piece piece = std::move(link->down.front());
    link->down.pop_front();
    if (piece.end) return tell_client(id);
    link->in_flight -= piece.bytes.size();
    // The socket has room again. A paused server does not see it, and sees it when it wakes.
    if (!link->out.empty() && !link->lost && host_.listening() && host_.awake()) {
      put(*link);
      host_.request_turn();
    }
    take_lines(id, std::move(piece.bytes));
  }
}

void Network::take_lines(LinkId id, std::string bytes) {
  Link* link = find(id);
  Peer* const owner = link->owner;
  if (!link->unread.empty()) bytes.insert(0, std::exchange(link->unread, {}));
  size_t begin = 0;
  for (size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', begin)) {
    owner->line(id, std::string_view(bytes).substr(begin, end - begin));
    begin = end + 1;
    link = find(id);
    if (!link || link->client_gone) return;  // it closed the link over this line
  }
  link->unread = bytes.substr(begin);
}

// ---------------------------------------------------------------- how links end

void Network::finish(ConnectionId connection) {
  Link* const link = find(connection.value());
  CHECK(link && link->open, "no connection {}", connection.value());
  link->finishing = true;
  if (link->out.empty()) all_put(*link);
}

void Network::all_put(Link& link) {
  if (!link.finishing || link.finished) return;
  link.finished = true;
  post_down(link, {{}, 0, {}, true});
  if (link.input_ended) return lose(link);
  link.server_reads = true;
  timeline_.after(0, [this, id = link.id] { arrive_up(id); });
  timeline_.after(kLinger, [this, id = link.id] {
    if (Link* const lingering = find(id); lingering && lingering->open) lose(*lingering);
  });
}

// The server is told in a step of its own, never from inside a call of the server's.
void Network::lose(Link& link) {
  if (std::exchange(link.lost, true)) return;
  timeline_.after(0, [this, id = link.id] { gone(id); });
}

void Network::gone(LinkId id) {
  Link* const link = find(id);
  server::Server* const server = host_.listening();
  if (!link || !link->open || !server) return;
  if (!host_.awake()) return;  // server_resumed() comes back to it
  std::vector<server::Delivery> undelivered;
  size_t from = link->written;
  for (const server::Chunk& chunk : link->out) {
    for (const server::Delivery& delivery : chunk.deliveries) {
      if (delivery.end > from) undelivered.push_back(delivery);
    }
    from = 0;
  }
  link->out.clear();
  link->open = false;
  drop_at_server(*link);
  server->closed(ConnectionId(id), undelivered, host_.now());
  host_.request_turn();
  if (link->client_gone || link->vanished) return forget_if_over(id);
  if (link->down.empty() || !link->down.back().end) post_down(*link, {{}, 0, {}, true});
}

void Network::drop_at_server(Link& link) { link.owner->server_dropped(link.id); }

void Network::tell_client(LinkId id) {
  Link* const link = find(id);
  if (!link) return;
  Peer* const owner = link->owner;
  const bool knew = std::exchange(link->client_gone, true);
  link->down.clear();
  if (link->open && !link->vanished && !link->lost) post_up(*link, {{}, 0, {}, true});
  forget_if_over(id);
  if (!knew) owner->broken(id);
}

void Network::forget_if_over(LinkId id) {
  Link* const link = find(id);
  if (link && link->client_gone && !link->open && (link->lost || !link->accepted)) links_.erase(id);
}

std::vector<LinkId> Network::some(uint32_t per_mille) {
  std::vector<LinkId> out;
  for (const auto& [id, link] : links_) {
    if (link.open && !link.client_gone && random_.chance(per_mille)) out.push_back(id);
  }
  return out;
}

void Network::reset_some(uint32_t per_mille) {
  for (const LinkId id : some(per_mille)) {
    Link& link = *find(id);
    link.up.clear();
    lose(link);
    timeline_.after(delay(), [this, id] { tell_client(id); });
  }
}

void Network::silence_some(uint32_t per_mille, Micros how_long) {
  for (const LinkId id : some(per_mille)) find(id)->silent_until = timeline_.now() + how_long;
}

void Network::half_open_some(uint32_t per_mille) {
  for (const LinkId id : some(per_mille)) {
    Link& link = *find(id);
    link.vanished = true;
    link.up.clear();
    drop_at_server(link);  // as far as anybody can rely on it
    timeline_.after(delay(), [this, id] { tell_client(id); });
  }
}

void Network::server_died() {
  dirty_.clear();
  for (auto& [id, link] : links_) {
    const bool told = link.open || link.accepted;
    if (link.open) drop_at_server(link);
    link.open = false;
    link.lost = true;
    link.up.clear();
    link.out.clear();
    if (told) timeline_.after(delay(), [this, gone_id = id] { tell_client(gone_id); });
  }
}

void Network::server_resumed() {
  server::Server* const server = host_.listening();
  if (!server) return;
  std::vector<LinkId> all;
  all.reserve(links_.size());
  for (const auto& [id, link] : links_) all.push_back(id);
  for (const LinkId id : all) {
    Link* link = find(id);
    if (!link->open && link->accepted && !link->lost) {
      server->opened(ConnectionId(id));
      link->open = true;
    }
    if (link->lost) {
      gone(id);
    } else {
      if (!link->out.empty()) put(*link);
      arrive_up(id);
    }
  }
  host_.request_turn();
}

}  // namespace muster::sim
