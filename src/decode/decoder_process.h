#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "decode/decoder_broker.h"
#include "decode/sealed_memory.h"
#include "media/decoder_wire.h"

namespace tutela::decode {

// One running tutela-decoder and the control socket to it. Ends the process when destroyed. Used by one thread only: bubblewrap
// ties the sandbox's life to the thread that started it.
class DecoderProcess {
 public:
  // Starts bubblewrap, or the program alone where the options allow that, and waits for its Hello.
  // unavailable, "decoder.no_sandbox" or "decoder.cannot_start".
  static Result<DecoderProcess> start(const DecoderOptions& options);

  DecoderProcess(DecoderProcess&& other) noexcept;
  DecoderProcess& operator=(DecoderProcess&& other) noexcept;
  ~DecoderProcess();

  int control() const { return control_.get(); }
  bool sandboxed() const { return sandboxed_; }
  const media::Hello& hello() const { return hello_; }

  // False: it cannot be reached any more.
  bool send(const media::JobStart& job, const Descriptor& input, const Descriptor& output);
  // The next message. nullopt: nothing there yet. corrupt, "decoder.bad_answer"; unavailable, "decoder.died".
  Result<std::optional<media::JobEnd>> receive();

 private:
  DecoderProcess(pid_t process, Descriptor control) : process_(process), control_(std::move(control)) {}
  static Result<DecoderProcess> start_command(const std::vector<std::string>& command);
  void end();

  pid_t process_ = -1;
  Descriptor control_;
  media::Hello hello_;
  bool sandboxed_ = false;
};

}  // namespace tutela::decode
