// What events and stored jobs have in common: the codecs of a job's options and of an attempt's
// error. Formats: docs/storage.md.
#pragma once

#include "model/job.h"
#include "storage/field_reader.h"
#include "storage/field_writer.h"

namespace muster::storage {

// Defaults that a stored record leaves out. Part of the format: they stay what they are when
// model/limits.h changes, because old records were written against them.
const JobOptions& stored_default_options();
inline constexpr uint32_t kStoredDefaultPriority = 1000;
inline constexpr std::string_view kStoredDefaultQueue = "default";

// One byte when all are default.
void write_options(const JobOptions& options, FieldWriter* out);
JobOptions read_options(FieldReader& in);

// Adds three texts; `error` must live until append_to() or take_texts().
void write_attempt_error(const AttemptError& error, FieldWriter* out);
void read_attempt_error(FieldReader& in, AttemptError* error);

}  // namespace muster::storage
