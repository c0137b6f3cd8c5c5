#include "storage/checkpoint_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/mutant.h"
#include "storage/checkpoint_values.h"
#include "storage/job_codec.h"
#include "storage/store_keys.h"

namespace muster::storage {
namespace {

// What one job adds to a batch besides its text: keys, framing, a header without evidence.
constexpr size_t kBytesPerJob = 192;

// Turns an image into a batch, one key and one value at a time in two strings that keep their
// memory.
class BatchBuilder {
 public:
  explicit BatchBuilder(const CheckpointImage& image) : image_(image) {
    size_t bytes = 4096;
    jobs_.reserve(image.jobs.size());
    for (const CheckpointJob& job : image.jobs) {
      jobs_.push_back(&job);
      bytes += kBytesPerJob;
      if (is_new(job)) bytes += job.record.text.size();
    }
    // Near to the order of their keys: the store takes sorted writes in half the time.
    std::sort(jobs_.begin(), jobs_.end(), [](const CheckpointJob* a, const CheckpointJob* b) {
      return a->record.seq < b->record.seq;
    });
    batch_.reserve(bytes + image.removals.size() * kBytesPerJob);
  }

  // `stored`: what the checkpoint before this one says; none in a new store.
  const StoreBatch& build(const std::optional<StoredMarks>& stored) {
    const uint64_t predecessor = stored ? stored->checkpoint : 0;
    const uint64_t stored_first_chunk = stored ? stored->first_chunk : image_.first_chunk;
    for (const CheckpointRemoval& removal : image_.removals) remove(removal);
    for (const CheckpointJob* job : jobs_) write(*job);
    for (const QueueRecord& queue : image_.queues) {
      queue_key(queue.name, &key_);
      put([&](std::string* value) { append_queue(queue, value); });
    }
    for (uint64_t number = stored_first_chunk; number < image_.first_chunk; ++number) {
      numbered_key(KeyKind::kRemembered, number, &key_);
      batch_.remove(key_);
    }
    for (const RememberedChunk& chunk : image_.chunks) {
      if (chunk.number < image_.first_chunk) continue;
      numbered_key(KeyKind::kRemembered, chunk.number, &key_);
      put([&](std::string* value) { append_chunk(chunk, value); });
    }
    key_ = prefix_of(KeyKind::kMarks);
    const StoredMarks marks{image_.marks, predecessor + 1, image_.first_chunk};
    put([&](std::string* value) { append_marks(marks, value); });
    link(predecessor);
    return batch_;
  }

 private:
  static bool is_new(const CheckpointJob& job) {
    return job.previous.kind == StoredPosition::Kind::kNone;
  }

  // Holds the checkpoints together: should the files below lose some between others, the key that
  // the first lost one was to remove is still there, or the format version is gone with the very
  // first.
  void link(uint64_t predecessor) {
    if (predecessor == 0) {
      key_ = prefix_of(KeyKind::kFormat);
      put([](std::string* value) { append_format(value); });
    } else {
      numbered_key(KeyKind::kCheckpoint, predecessor, &key_);
      batch_.remove(key_);
    }
    numbered_key(KeyKind::kCheckpoint, predecessor + 1, &key_);
    put([](std::string*) {});
  }

  void header_key(JobSeq job, const LaneName& lane, const StoredPosition& position) {
    if (position.kind == StoredPosition::Kind::kWaiting) {
      ready_key(lane, position.priority, position.order, &key_);
    } else {
      numbered_key(KeyKind::kOther, job.value(), &key_);
    }
  }

  void remove(const CheckpointRemoval& removal) {
    CHECK(removal.previous.kind != StoredPosition::Kind::kNone, "job {} was never stored",
          removal.job.value());
    header_key(removal.job, *removal.lane, removal.previous);
    batch_.remove(key_);
    numbered_key(KeyKind::kBody, removal.job.value(), &key_);
    batch_.remove(key_);
  }

  void write(const CheckpointJob& job) {
    const JobRecord& record = job.record;
    const StoredPosition position = StoredPosition::of(record);
    if (!is_new(job) && job.previous != position && !MUSTER_MUTANT(old_place_left_in_store)) {
      header_key(record.seq, *record.lane, job.previous);
      batch_.remove(key_);
    }
    header_key(record.seq, *record.lane, position);
    put([&](std::string* value) {
      if (position.kind == StoredPosition::Kind::kOther) {
        append_place(*record.lane, record.priority, record.order, value);
      }
      append_header(record, value);
    });
    if (!is_new(job)) return;
    numbered_key(KeyKind::kBody, record.seq.value(), &key_);
    put([&](std::string* value) { append_text(record, value); });
  }

  // Puts what `append` appends under key_.
  template <class Append>
  void put(Append&& append) {
    begin_value(&value_);
    append(&value_);
    finish_value(key_, &value_);
    batch_.put(key_, value_);
  }

  const CheckpointImage& image_;
  std::vector<const CheckpointJob*> jobs_;  // the image's, by seq
  StoreBatch batch_;
  std::string key_;
  std::string value_;
};

// A value by its key, its checksum verified; none when there is none.
StorageResult<std::optional<std::string>> get_checked(Store& store, KeyKind kind) {
  StorageResult<std::optional<std::string>> value = store.get(prefix_of(kind));
  if (!value || !*value) return value;
  const StorageResult<std::string_view> content = open_value(prefix_of(kind), **value);
  if (!content) return content.error();
  return std::optional(std::string(*content));
}

StorageError corrupt(std::string_view what) {
  return {StorageErrorKind::kCorrupt, fmt::format("store: {}", what)};
}
StorageError corrupt_at(std::string_view key, std::string_view what) {
  return corrupt(fmt::format("{}: {}", describe_key(key), what));
}

StorageResult<std::optional<StoredMarks>> get_marks(Store& store) {
  const StorageResult<std::optional<std::string>> value = get_checked(store, KeyKind::kMarks);
  if (!value) return value.error();
  if (!*value) return std::optional<StoredMarks>();
  const StorageResult<StoredMarks> marks = read_marks(**value);
  if (!marks) return corrupt_at(prefix_of(KeyKind::kMarks), marks.error().message);
  return std::optional(*marks);
}

// A store without a format version must be empty; anything else lost it.
StorageResult<Unit> expect_empty(Store& store) {
  return store.scan("", [](std::string_view key, std::string_view) -> StorageResult<Unit> {
    return corrupt(fmt::format("{} is here, but the format version is missing", describe_key(key)));
  });
}

// Reads a whole store: texts first, because they stay in memory anyway, then each header meets its
// text and is handed on at once.
class Loader {
 public:
  Loader(Store& store, const StoredMarks& marks, const CheckpointVisitor& visitor)
      : store_(store), marks_(marks), visitor_(visitor) {}

  StorageResult<Unit> load() {
    using Step = StorageResult<Unit> (Loader::*)(std::string_view key, std::string_view content);
    const std::pair<KeyKind, Step> steps[] = {
        {KeyKind::kCheckpoint, &Loader::checkpoint}, {KeyKind::kQueue, &Loader::queue},
        {KeyKind::kRemembered, &Loader::chunk},      {KeyKind::kBody, &Loader::text},
        {KeyKind::kReady, &Loader::ready_header},    {KeyKind::kOther, &Loader::other_header}};
    for (const auto& [kind, how] : steps) {
      StorageResult<Unit> scanned = store_.scan(
          prefix_of(kind),
          [this, step = how](std::string_view key, std::string_view value) -> StorageResult<Unit> {
            const StorageResult<std::string_view> content = open_value(key, value);
            if (!content) return content.error();
            return (this->*step)(key, *content);
          });
      if (!scanned) return scanned;
    }
    return expect_all();
  }

 private:
  struct Text {
    JobSeq job;
    SharedBytes text;
    uint8_t id_size = 0;  // 0: its header has been here
  };

  StorageResult<Unit> checkpoint(std::string_view key, std::string_view content) {
    const StorageResult<uint64_t> number = number_in(key);
    if (!number) return number.error();
    if (!content.empty()) return corrupt_at(key, "has a content");
    if (*number != marks_.checkpoint) {
      return corrupt_at(key,
                        fmt::format("is not the last one, {}: what was written between is lost",
                                    marks_.checkpoint));
    }
    linked_ = true;
    return Unit();
  }

  StorageResult<Unit> queue(std::string_view key, std::string_view content) {
    StorageResult<QueueRecord> queue = read_queue(key.substr(1), content);
    if (!queue) return corrupt_at(key, queue.error().message);
    visitor_.queue(std::move(*queue));
    return Unit();
  }

  StorageResult<Unit> chunk(std::string_view key, std::string_view content) {
    const StorageResult<uint64_t> number = number_in(key);
    if (!number) return number.error();
    const StorageResult<RememberedChunk> chunk = read_chunk(*number, content);
    if (!chunk) return corrupt_at(key, chunk.error().message);
    const uint64_t first = chunk->number * limits::kIdsPerChunk;
    const StorageResult<Unit> before = expect_remembered(first);  // keys come in order
    if (!before) return before.error();
    remembered_ = first + chunk->ids.size();
    visitor_.chunk(*chunk);
    return Unit();
  }

  StorageResult<Unit> text(std::string_view key, std::string_view content) {
    const StorageResult<uint64_t> number = number_in(key);
    if (!number) return number.error();
    StorageResult<StoredText> text = read_text(content);
    if (!text) return corrupt_at(key, text.error().message);
    texts_.push_back({JobSeq(*number), std::move(text->text), text->id_size});
    return Unit();
  }

  StorageResult<Unit> ready_header(std::string_view key, std::string_view content) {
    ByteReader in(key.substr(1));
    const Place place = read_place(&in);
    if (!in.done()) return corrupt_at(key, "malformed key");
    StorageResult<JobRecord> job = decoder_.decode(place, content);
    if (!job) return corrupt_at(key, job.error().message);
    if (job->state != JobState::kReady) {
      return corrupt_at(key, fmt::format("holds a job that is {}", name(job->state)));
    }
    return hand_on(key, std::move(*job));
  }

  StorageResult<Unit> other_header(std::string_view key, std::string_view content) {
    const StorageResult<uint64_t> number = number_in(key);
    if (!number) return number.error();
    ByteReader in(content);
    const Place place = read_place(&in);
    if (!in.ok()) return corrupt_at(key, "its place is cut short");
    StorageResult<JobRecord> job = decoder_.decode(place, in.rest());
    if (!job) return corrupt_at(key, job.error().message);
    if (job->seq.value() != *number) {
      return corrupt_at(key, fmt::format("holds job {}", job->seq.value()));
    }
    if (job->state == JobState::kReady) return corrupt_at(key, "is ready, and not in its lane");
    return hand_on(key, std::move(*job));
  }

  StorageResult<Unit> hand_on(std::string_view key, JobRecord job) {
    const uint64_t seq = job.seq.value();
    if (job.seq >= marks_.marks.next_job || job.order >= marks_.marks.next_order) {
      return corrupt_at(key, fmt::format("job {} is newer than the marks", seq));
    }
    Text* text = find_text(job.seq);
    if (text == nullptr) return corrupt_at(key, fmt::format("job {} has no body", seq));
    const bool second = text->id_size == 0 && !MUSTER_PLANTED(store_second_header);
    if (second) return corrupt_at(key, fmt::format("a second header of job {}", seq));
    job.id_size = std::exchange(text->id_size, uint8_t{0});
    job.text = std::move(text->text);
    visitor_.job(std::move(job));
    return Unit();
  }

  // Jobs of one lane mostly follow each other, so the text is mostly right behind the last one's.
  Text* find_text(JobSeq job) {
    if (next_text_ >= texts_.size() || texts_[next_text_].job != job) {
      const auto found =
          std::lower_bound(texts_.begin(), texts_.end(), job,
                           [](const Text& text, JobSeq wanted) { return text.job < wanted; });
      if (found == texts_.end() || found->job != job) return nullptr;
      next_text_ = static_cast<size_t>(found - texts_.begin());
    }
    return &texts_[next_text_++];
  }

  StorageResult<uint64_t> number_in(std::string_view key) {
    ByteReader in(key.substr(1));
    const uint64_t number = in.be64();
    if (!in.done() || number > kMaxNumber) return corrupt_at(key, "malformed key");
    return number;
  }

  // Every id that the marks name below `end` has been seen.
  StorageResult<Unit> expect_remembered(uint64_t end) {
    const Marks& marks = marks_.marks;
    const uint64_t have = std::max(remembered_, marks.first_remembered);
    if (have >= std::min(end, marks.end_remembered)) return Unit();
    return corrupt(
        fmt::format("chunk {} of remembered ids is missing or short", have / limits::kIdsPerChunk));
  }

  StorageResult<Unit> expect_all() {
    if (!linked_) return corrupt(fmt::format("checkpoint {} is missing", marks_.checkpoint));
    StorageResult<Unit> remembered = expect_remembered(UINT64_MAX);
    if (!remembered) return remembered;
    const auto alone = std::find_if(texts_.begin(), texts_.end(),
                                    [](const Text& text) { return text.id_size != 0; });
    if (alone == texts_.end()) return Unit();
    return corrupt(fmt::format("job {} has a body and no header", alone->job.value()));
  }

  Store& store_;
  const StoredMarks& marks_;
  const CheckpointVisitor& visitor_;
  HeaderDecoder decoder_;
  std::vector<Text> texts_;  // ordered by job
  size_t next_text_ = 0;     // where the next header's text probably is
  bool linked_ = false;      // the key of the last checkpoint has been seen
  uint64_t remembered_ = 0;  // one behind the last remembered id seen
};

}  // namespace

StorageResult<Unit> write_checkpoint(Store& store, const CheckpointImage& image) {
  const StorageResult<std::optional<StoredMarks>> stored = get_marks(store);
  if (!stored) return stored.error();
  BatchBuilder builder(image);
  return store.write(builder.build(*stored));
}

StorageResult<std::optional<Marks>> load_checkpoint(Store& store,
                                                    const CheckpointVisitor& visitor) {
  const StorageResult<std::optional<std::string>> format = get_checked(store, KeyKind::kFormat);
  if (!format) return format.error();
  if (!*format) {
    const StorageResult<Unit> empty = expect_empty(store);
    if (!empty) return empty.error();
    return std::optional<Marks>();
  }
  const StorageResult<Unit> known = check_format(**format);
  if (!known) return known.error();
  const StorageResult<std::optional<StoredMarks>> marks = get_marks(store);
  if (!marks) return marks.error();
  if (!*marks) return corrupt("marks are missing");
  const StorageResult<Unit> loaded = Loader(store, **marks, visitor).load();
  if (!loaded) return loaded.error();
  return std::optional((*marks)->marks);
}

}  // namespace muster::storage
