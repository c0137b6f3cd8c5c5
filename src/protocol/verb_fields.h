// Every field of every verb, one table each; docs/protocol.md explains them. The first three stand
// in every message: `type` is the verb, `rid` the correlation, `data` (an object) wraps the other
// fields.
#pragma once

#include "protocol/field_table.h"

namespace muster::protocol {

inline constexpr Field kTypeField{0};
inline constexpr Field kRidField{1};
inline constexpr Field kDataField{2};

inline constexpr FieldTable kBareFields({"type", "rid", "data"});
inline constexpr FieldTable kHelloFields(kMessage, {"proto", "client", "namespace", "token"});
inline constexpr FieldTable kJobFields(kMessage, {"job_id", "id", "queue", "job_type", "payload",
                                                  "duration", "command", "priority", "delay_ms",
                                                  "run_at", "timeout_ms", "deadline", "retry",
                                                  "max_lost", "tags", "result_ttl_ms", "trace"});
inline constexpr FieldTable kSubmitJobsFields(kMessage, {"jobs", "atomic"});
inline constexpr FieldTable kRequestJobFields(kMessage, {"worker_id", "queues", "job_types",
                                                         "select", "max", "wait_ms", "lease_ms"});
inline constexpr FieldTable kConsumeFields(kMessage, {"queues", "job_types", "select", "credit"});
inline constexpr FieldTable kJobCompleteFields(kMessage, {"job_id", "id", "lease", "worker_id",
                                                          "result", "submit", "next"});
inline constexpr FieldTable kJobsCompleteFields(kMessage, {"jobs"});
inline constexpr FieldTable kCompletionFields(kMessage,
                                              {"job_id", "id", "lease", "worker_id", "result"});
inline constexpr FieldTable kJobFailedFields(kMessage, {"job_id", "id", "lease", "worker_id",
                                                        "error", "result", "retryable", "timed_out",
                                                        "retry_after_ms"});
inline constexpr FieldTable kJobReleaseFields(kMessage,
                                              {"job_id", "id", "lease", "worker_id", "delay_ms"});
inline constexpr FieldTable kJobExtendFields(kMessage,
                                             {"job_id", "id", "lease", "worker_id", "lease_ms"});
inline constexpr FieldTable kRegisterWorkerFields(kMessage,
                                                  {"worker_id", "instance", "queues", "job_types",
                                                   "concurrency", "ttl_ms", "labels", "host", "pid",
                                                   "version", "notify", "held"});
inline constexpr FieldTable kHeartbeatFields(kMessage,
                                             {"worker_id", "instance", "started", "progress"});
inline constexpr FieldTable kStartedFields(kMessage, {"job_id", "id", "lease"});
inline constexpr FieldTable kProgressFields(kMessage, {"job_id", "id", "lease", "percent", "note"});
inline constexpr FieldTable kJobStatusFields(kMessage, {"job_id", "id"});
inline constexpr FieldTable kWaitJobFields(kMessage, {"job_id", "id", "timeout_ms"});
inline constexpr FieldTable kListJobsFields(kMessage, {"queue", "state", "after", "limit"});
inline constexpr FieldTable kActOnJobsFields(kMessage, {"job_id", "id", "ids"});
inline constexpr FieldTable kQueueFields(kMessage, {"queue"});

// Objects inside others.
inline constexpr FieldTable kRetryFields({"max_attempts", "backoff_ms", "factor", "cap_ms",
                                          "jitter"});
inline constexpr FieldTable kErrorFields({"class", "message", "trace", "exit_code", "signal"});
inline constexpr FieldTable kNextFields({"wait_ms"});

}  // namespace muster::protocol
