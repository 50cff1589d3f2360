// The one owner of every machine: runs on the host's thread, feeds events to the step machine and carries
// its effects out. Nothing here is thread-safe; MachineHost queues the requests of other threads to it.
#pragma once

#include <poll.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.hpp"
#include "base/unique_function.hpp"
#include "engines/machines/launch.hpp"
#include "engines/machines/qmp_channel.hpp"
#include "engines/machines/record.hpp"
#include "engines/machines/step.hpp"

namespace landfall::machines {

using ScreenshotReply = UniqueFunction<void(Result<std::vector<std::byte>>)>;

/// What the supervisor tells its host, on the host's thread.
struct SupervisorTells {
    UniqueFunction<void(const MachineView&)> changed;  ///< terminated: the machine is gone
    UniqueFunction<void()> needs_acceleration;         ///< answered by acceleration_known()
};

class Supervisor {
public:
    Supervisor(const HostSettings& settings, Confinement confinement, Clock& clock, Random& random,
               Disk& disk, SupervisorTells tells);
    ~Supervisor();

    /// Reads every record of the root, and finds the processes that still run.
    Status load();

    Status define(const MachineSpec& spec);
    Status redefine(const MachineSpec& spec);
    Status ask(const MachineId& id, const Ask& request);
    void screenshot(const MachineId& id, ScreenshotReply reply);
    /// Asks for a probe when it is not known.
    [[nodiscard]] std::optional<MachineHost::Accelerated> acceleration();
    void acceleration_known(const MachineHost::Accelerated& found);

    /// The descriptors to wait on, and until when. turn() then looks at what `ready` says.
    [[nodiscard]] std::vector<pollfd> watched() const;
    [[nodiscard]] std::optional<Moment> wake_at() const;
    void turn(const std::vector<pollfd>& ready);

    [[nodiscard]] std::string folder_of(const MachineId& id) const {
        return settings_.root + "/" + id.text();
    }

private:
    struct Shot {
        UniqueFd picture;
        Moment deadline;
        ScreenshotReply reply;
    };
    struct Machine {
        explicit Machine(Record of) : record{std::move(of)} {}
        Record record;
        Lifecycle life;
        Instant changed;
        UniqueFd pidfd;
        std::optional<QmpChannel> qmp;
        bool identified = false;      ///< its UUID is the record's
        std::uint64_t uuid_id = 0;    ///< the commands of the handshake
        std::uint64_t status_id = 0;  ///< the last query-status
        std::map<std::uint64_t, Shot> shots;
        Moment console_looked_at;
    };

    Machine* find(const MachineId& id);
    [[nodiscard]] MachineView view_of(const Machine& machine) const;
    [[nodiscard]] Result<std::uint32_t> free_slot() const;
    Status adopt(const std::string& name);
    Status prepare_folder(const MachineSpec& spec);
    void remove_left_overs();

    void feed(const MachineId& id, const Event& event);
    void drain();
    Status take_step(const MachineId& id, const Event& event);
    void carry_out(const MachineId& id, const std::vector<Effect>& effects);
    void carry_out_one(const MachineId& id, Machine& machine, Effect effect);
    void start_process(const MachineId& id, Machine& machine);
    Status start_process_now(Machine& machine, const MachineHost::Accelerated& by);
    Result<LaunchPlan> plan_of(const Machine& machine, Acceleration by, std::uint16_t ssh_port) const;
    [[nodiscard]] Isolation bound_resources(const Machine& machine, pid_t pid) const;
    void connect(const MachineId& id, Machine& machine);
    void send(const MachineId& id, Machine& machine, std::string_view command,
              const std::vector<QmpArgument>& arguments = {});
    void kill(const MachineId& id, Machine& machine);
    void save_intent(Machine& machine);
    void forget(const MachineId& id, Machine& machine);
    void distrust_kvm();

    void process_ended(const MachineId& id, Machine& machine);
    void hear(const MachineId& id, Machine& machine);
    void hear_one(const MachineId& id, Machine& machine, const QmpMessage& message);
    void hear_return(const MachineId& id, Machine& machine, const QmpReturn& answer);
    void lose(const MachineId& id, Machine& machine);
    void finish_shot(Machine& machine, std::uint64_t id, const Status& taken);
    static void drop_shots(Machine& machine, const Error& why);
    void look_at_time(const MachineId& id, Machine& machine);

    const HostSettings& settings_;
    Confinement confinement_;
    Clock& clock_;
    Random& random_;
    Disk& disk_;
    SupervisorTells tells_;
    std::map<MachineId, Machine> machines_;
    std::optional<MachineHost::Accelerated> accelerated_;
    std::set<MachineId> waiting_for_acceleration_;
    std::deque<std::pair<MachineId, Event>> pending_;
    bool draining_ = false;
};

}  // namespace landfall::machines
