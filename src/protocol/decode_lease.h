// The address of an outcome: which job, under which lease.
#pragma once

#include "model/command.h"
#include "protocol/fields.h"

namespace muster::protocol {

// Where a table keeps the parts of the address.
struct LeaseFields {
  Field job_id;
  Field id;
  Field lease;
  Field worker_id;
};

template <const FieldTable& kTable>
consteval LeaseFields lease_fields() {
  return {kTable["job_id"], kTable["id"], kTable["lease"], kTable["worker_id"]};
}

// job_id or id: required.
std::string_view take_job_id(Fields& fields, Field job_id, Field id);
std::optional<LeaseToken> take_token(Fields& fields, Field lease);
// job_id, and the lease or the worker that stands in for it.
LeaseRef take_lease(Fields& fields, const LeaseFields& where);

}  // namespace muster::protocol
