// Recovery's reading of the journal directory: finds the chain of records, and decides what its end
// is.
//
// The rule. A place where the chain stops (no whole record of this generation that continues it) is
//
//   where it stops                           what is behind it                          verdict
//   -------------------------------------    ---------------------------------------
//   ----------------- a segment with another behind it         the next begins with the next
//   sequence     goes on there
//                                            it begins with a later one                 refused
//   the last segment                         a record that says that this place was     refused
//                                            durable when it was written (a seal
//                                            always does)
//                                            nothing, zeros, stale records, records     end; what
//                                            is there written while this place was not durable   is
//                                            cut
//   a whole record that does not continue    anything                                   refused
//
// It rests on three habits of the writer: a segment is begun only when everything before it is
// durable; its name, with the first sequence, is durable before anything is written into it; every
// record says up to which offset of its segment everything was durable before it was written. After
// an open a fresh segment begins, so what was cut is never written over, nor read again: the next
// segment's first record continues the chain from where it was cut.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/segment.h"

namespace muster::storage {

struct ScannedSegment {
  SegmentName name;
  uint64_t extent = 0;  // behind its last record of the chain
};

struct JournalScan {
  std::vector<ScannedSegment> segments;  // by generation
  ChainPosition end{Sequence(1), {}};    // what continues the chain
  bool sealed = true;                    // ends with a seal, or holds no record
  // Bytes that look like a record begun and never finished were cut; where, for the log. Empty:
  // none.
  std::string cut;
};

// Called for every record of the chain, in order.
using RecordVisitor = std::function<StorageResult<Unit>(const ParsedRecord&)>;

// Reads everything and changes nothing. kCorrupt names file and offset, and why it is no torn tail.
StorageResult<JournalScan> scan_journal(FileSystem& files, const std::string& directory,
                                        const std::vector<SegmentName>& segments,
                                        const RecordVisitor& visit);

}  // namespace muster::storage
