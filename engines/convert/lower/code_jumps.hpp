// GOTO as EXIT of blocks and CONTINUE of loops.
#pragma once

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

/// Of a routine's block, as it is parsed. A label behind the GOTO: what is between them becomes a block that
/// is left; one before it: a loop that goes on. A GOTO that is neither stays (into a branch or a loop, which
/// Oracle does not allow; across another's block; where EXIT without a label would leave the wrong loop).
void structure_jumps(Block& body, Tree& tree);

}  // namespace landfall::convert
