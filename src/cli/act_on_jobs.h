// ActVerb: what cancel, retry and delete have in common: many ids in, an outcome each.
#pragma once

#include <string>
#include <vector>

#include "cli/remote.h"
#include "cli/verb.h"

namespace muster::cli {

class ActVerb : public Verb {
 public:
  void declare(Flags* flags) override;
  int run(Terminal& terminal) override;

 protected:
  using Outcomes = client::Expected<std::vector<client::ActionOutcome>>;
  virtual Outcomes act(client::Client& client, const std::vector<std::string>& ids) = 0;
  virtual std::string about() const = 0;
  virtual std::vector<std::string> examples() const = 0;
  // What to say about one outcome: "cancelled", "was cancelled already".
  virtual std::string said(const client::Acted& acted) const = 0;

 private:
  Remote remote_;
  std::vector<std::string> ids_;
};

}  // namespace muster::cli
