// Request lines of docs/protocol.md, one function per shape; each ends with '\n'.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "muster/job.h"

namespace muster::client {

std::string submit_request(
    std::string_view job);  // `job` is JSON text, an object that is not empty
std::string submit_request(std::span<const std::string> jobs);
std::string plain_request(std::string_view verb);
std::string job_request(std::string_view verb, std::string_view job_id);
std::string jobs_request(std::string_view verb, std::span<const std::string> job_ids);
std::string queue_request(std::string_view verb, std::string_view queue);
std::string wait_request(std::string_view job_id, Milliseconds timeout);
std::string list_request(const ListQuery& query);

}  // namespace muster::client
