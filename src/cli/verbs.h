// Every verb, made here and listed in the order of the help.
#pragma once

#include <functional>

#include "cli/daemons.h"
#include "cli/verb.h"

namespace muster::cli {

std::unique_ptr<Verb> make_server(RunServer run);
std::unique_ptr<Verb> make_worker(RunWorker run);
std::unique_ptr<Verb> make_dev();
std::unique_ptr<Verb> make_submit();
std::unique_ptr<Verb> make_run();
std::unique_ptr<Verb> make_status();
std::unique_ptr<Verb> make_list();
std::unique_ptr<Verb> make_cancel();
std::unique_ptr<Verb> make_retry();
std::unique_ptr<Verb> make_delete();
std::unique_ptr<Verb> make_queues();
std::unique_ptr<Verb> make_workers();
std::unique_ptr<Verb> make_stats();
std::unique_ptr<Verb> make_pause();
std::unique_ptr<Verb> make_resume();
std::unique_ptr<Verb> make_version();

VerbList all_verbs(Daemons daemons);

}  // namespace muster::cli
