#include "engine/volatile_state.h"

namespace muster::engine {

OwnedSelection::OwnedSelection(const JobSelection& selection)
    : queues_(selection.queues.begin(), selection.queues.end()),
      job_types_(selection.job_types.begin(), selection.job_types.end()),
      queue_views_(queues_.begin(), queues_.end()),
      type_views_(job_types_.begin(), job_types_.end()),
      best_(selection.best) {}

}  // namespace muster::engine
