// The only program that decodes bytes from outside (I2). It has no options: it always takes every restriction it can get and
// tells the server, on descriptor 3, what they amount to; the server decides whether that is enough.
#include "decode/worker/decode_picture.h"
#include "decode/worker/zygote.h"

int main() {
  tutela::decode::load_libraries();
  return tutela::decode::run_zygote(tutela::decode::answer_job);
}
