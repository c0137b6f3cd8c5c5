// Draft: a job as somebody in the cast is about to submit it: its JSON, and the same as a JobSpec
// for the checkers. And the other way: what an assignment line says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "protocol/answer.h"
#include "sim/cast/stage.h"

namespace muster::sim {

class Draft {
 public:
  // A job named `id` (empty: the server names it), everything else by chance and the plan.
  // `plain`: only the class project's fields.
  static std::unique_ptr<Draft> invent(std::string id, bool plain, Stage& stage, Random& random);

  const JobSpec& spec() const { return spec_; }
  const std::string& id() const { return id_; }
  uint64_t content() const { return content_; }
  // The members of its JSON object, without braces.
  const std::string& members() const { return members_; }

 private:
  void decide_oddities(Stage& stage, Random& random);
  void write_members();

  std::string id_;
  std::string queue_;
  std::string job_type_;
  std::string body_;
  std::string members_;
  JobSpec spec_;
  uint64_t content_ = 0;
};

using Drafts = std::vector<std::unique_ptr<Draft>>;

// What a client reads of one assignment; owns what it says.
struct Given {
  std::string job_id;
  std::string job_type;
  LeaseToken token;
  uint32_t attempt = 0;
  Duration lease;
  uint64_t content = 0;
};
Given read_assignment(const protocol::JsonView& line);

}  // namespace muster::sim
