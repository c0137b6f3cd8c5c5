#include "protocol/decode_lease.h"

namespace muster::protocol {

std::string_view take_job_id(Fields& fields, Field job_id, Field id) {
  if (fields.has(job_id) && fields.has(id)) {
    fields.refuse(ErrorCode::kBadRequest, id, "means job_id, which is given too: give one");
    return {};
  }
  if (fields.has(id)) return fields.id(id);
  fields.need(job_id, "is missing: which job?");
  return fields.id(job_id);
}

std::optional<LeaseToken> take_token(Fields& fields, Field lease) {
  if (!fields.has(lease)) return std::nullopt;
  const int64_t token = fields.integer(lease, 1, static_cast<int64_t>(kMaxNumber));
  return LeaseToken(static_cast<uint64_t>(token));
}

LeaseRef take_lease(Fields& fields, const LeaseFields& where) {
  LeaseRef ref;
  ref.job_id = take_job_id(fields, where.job_id, where.id);
  ref.lease = take_token(fields, where.lease);
  ref.worker_id = fields.id(where.worker_id);
  // Who has no token is somebody of the class project, and is known by the worker's name.
  if (!ref.lease && !fields.has(where.worker_id)) {
    fields.need(where.lease, "is missing: the number that came with the job");
  }
  return ref;
}

}  // namespace muster::protocol
