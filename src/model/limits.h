// Every limit of Muster in one place. Those that clients should know are announced by `hello`.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace muster::limits {

inline constexpr size_t kKiB = 1024;
inline constexpr size_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;

// Wire.
inline constexpr size_t kRequestLine = 1 * kMiB;  // default; settable at start
inline constexpr size_t kRequestLineMax = 64 * kMiB;
inline constexpr size_t kAnswerLine = 4 * kMiB;
inline constexpr size_t kHangUpFactor = 16;  // a line over kHangUpFactor × the limit closes
inline constexpr size_t kDepth = 64;
inline constexpr size_t kBatch = 1000;
inline constexpr size_t kRidBytes = 64;
inline constexpr size_t kIdBytes = 200;
inline constexpr size_t kNameBytes = 200;          // queues, job types
inline constexpr size_t kQueuesPerRequest = 1000;  // and as many job types
inline constexpr size_t kPairsPerRequest = 1000;   // queues × job types to look at
inline constexpr size_t kTags = 32;
inline constexpr size_t kCommandWords = 4096;
inline constexpr size_t kResultBytes = 256 * kKiB;
inline constexpr size_t kTagBytes = 200;
inline constexpr size_t kLabelsBytes = 4 * kKiB;  // of a worker
inline constexpr size_t kNoteBytes = 1 * kKiB;    // of a progress report
inline constexpr size_t kErrorClassBytes = 200;
inline constexpr size_t kErrorMessageBytes = 4 * kKiB;
inline constexpr size_t kErrorTraceBytes = 16 * kKiB;
inline constexpr size_t kCapturedBytes = 64 * kKiB;  // head, and as much tail, per stream
inline constexpr Duration kWaitMax = Duration::seconds(60);
inline constexpr Duration kOpenObject = Duration::seconds(30);
inline constexpr uint32_t kCreditMax = 10'000;
inline constexpr uint32_t kConcurrencyMax = 100'000;  // of one worker

// Connections.
inline constexpr size_t kReadPerTurn = 256 * kKiB;
inline constexpr size_t kUnansweredRequests = 10'000;
inline constexpr size_t kUnsentBytes = 8 * kMiB;
// Unsent answers of all connections together: over it none may have more than a little, and pages
// are short.
inline constexpr size_t kUnsentAll = 64 * kMiB;
inline constexpr size_t kUnsentCrowded = 16 * kKiB;
inline constexpr size_t kConnections = 20'000;

// Jobs.
inline constexpr size_t kQueues = 200'000;  // that ever had a job, or are paused
inline constexpr uint32_t kDefaultPriority = 1000;
inline constexpr uint32_t kDefaultMaxAttempts = 5;
inline constexpr uint32_t kMaxAttempts = 1'000'000;
inline constexpr uint32_t kDefaultMaxLost = 3;
inline constexpr Duration kDefaultBackoff = Duration::seconds(1);
inline constexpr uint32_t kDefaultFactorMilli = 2000;  // thousandths
inline constexpr uint32_t kMaxFactorMilli = 100'000;
inline constexpr Duration kDefaultBackoffCap = Duration::hours(1);
inline constexpr uint32_t kDefaultJitterMilli = 100;        // ± 10 %
inline constexpr Duration kLongest = Duration::days(3660);  // any duration a client names
inline constexpr size_t kEvidenceHead = 1;
inline constexpr size_t kEvidenceTail = 19;

// Leases and sessions.
inline constexpr Duration kUnregisteredLease = Duration::seconds(30);
inline constexpr Duration kShortestLease = Duration::seconds(1);
inline constexpr Duration kSessionTtl = Duration::seconds(10);
inline constexpr Duration kShortestTtl = Duration::seconds(1);
inline constexpr Duration kLongestTtl = Duration::hours(1);
inline constexpr Duration kHeartbeatBusy = Duration::seconds(3);
inline constexpr Duration kHeartbeatIdle = Duration::seconds(30);
inline constexpr Duration kLastConnectionGrace = Duration::seconds(2);
inline constexpr size_t kCancelsPerBeat = 10'000;  // the oldest; others follow as these end
inline constexpr size_t kRevokedKept = 10'000;     // leases taken away from a worker, not yet told
inline constexpr Duration kTimeoutGrace =
    Duration::seconds(15);  // server behind the worker's own timeout
inline constexpr Duration kSteadyPerTurn = Duration::milliseconds(250);
inline constexpr uint64_t kTokenRange = uint64_t{1} << 20;

// Retention.
inline constexpr size_t kFinishedKept = 10'000;  // completed and cancelled
inline constexpr Duration kFinishedAge = Duration::hours(24);
inline constexpr size_t kDeadKept = 1'000'000;
inline constexpr Duration kDeadAge = Duration::days(180);
inline constexpr size_t kRetireBatch = 256;
inline constexpr size_t kRetireMost = 4096;  // jobs removed by one event
inline constexpr size_t kIdsRemembered = 1'000'000;
inline constexpr Duration kIdsRememberedAge = Duration::hours(24);
inline constexpr size_t kIdsPerChunk = 1024;

// Storage.
inline constexpr size_t kRecordAlignment = 4 * kKiB;
inline constexpr size_t kRecordBytes = 1 * kMiB;  // more only for one event that is larger itself
inline constexpr size_t kSegmentBytes = 64 * kMiB;
inline constexpr size_t kSpareSegments = 2;
inline constexpr size_t kBallastBytes = 128 * kMiB;
inline constexpr uint64_t kStartBytes = 16 * kMiB;      // free space that recovery must find
inline constexpr uint64_t kLowWaterBytes = 256 * kMiB;  // free space under which submissions wait
inline constexpr size_t kCheckpointDirtyJobs = 65'536;
inline constexpr size_t kCheckpointJournalBytes = 64 * kMiB;
inline constexpr uint64_t kJournalBacklogBytes = 1 * kGiB;
inline constexpr size_t kUnsyncedBytes = 64 * kMiB;
inline constexpr Duration kSealAfter = Duration::milliseconds(100);

static_assert(kRecordBytes % kRecordAlignment == 0 && kSegmentBytes % kRecordAlignment == 0);
static_assert(kAnswerLine > kRequestLine);
static_assert(kUnsentAll >= 2 * kUnsentBytes && kUnsentCrowded < kUnsentBytes);
static_assert(kResultBytes < kRequestLine);
static_assert(kHeartbeatBusy * 3 < kSessionTtl);

}  // namespace muster::limits
