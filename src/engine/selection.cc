#include "engine/selection.h"

namespace muster::engine {

OwnedSelection::OwnedSelection(const Wanted& wanted)
    : queues_(wanted.queues.begin(), wanted.queues.end()),
      job_types_(wanted.job_types.begin(), wanted.job_types.end()),
      queue_views_(queues_.begin(), queues_.end()),
      type_views_(job_types_.begin(), job_types_.end()),
      timed_only_(wanted.timed_only),
      best_(wanted.best) {}

}  // namespace muster::engine
