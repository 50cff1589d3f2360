#include "services/dms/service.hpp"

namespace landfall::dms {

Dms::Dms(const Parts& parts)
    : parts_{parts},
      requests_{parts.state, parts.jobs, parts.clock, parts.random},
      catalogue_{{parts.state, requests_, parts.clock, parts.random}},
      library_{parts.buckets},
      work_{{catalogue_, requests_, library_, parts.buckets, parts.secrets, parts.databases, parts.clock}},
      places_{{parts.state, parts.sealing, parts.secrets, parts.random}},
      events_{{parts.state, parts.jobs, parts.topics, parts.clock}},
      chores_{{parts.state, parts.jobs, parts.replicated, parts.movers, places_, events_, parts.clock,
               parts.random}},
      tasks_{{parts.state, parts.jobs, catalogue_, parts.movers, places_, events_, parts.clock}} {}

}  // namespace landfall::dms
