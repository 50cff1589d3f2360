// `landfall server`: builds the parts, connects them, runs until told to stop. No decisions are made here.
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "apps/landfall/adapters.hpp"
#include "apps/landfall/commands.hpp"
#include "apps/landfall/crash_report.hpp"
#include "apps/landfall/descriptors.hpp"
#include "apps/landfall/dms_adapters.hpp"
#include "apps/landfall/home.hpp"
#include "apps/landfall/log.hpp"
#include "apps/landfall/migrate_definitions.hpp"
#include "apps/landfall/threads.hpp"
#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "core/access/key_store.hpp"
#include "core/access/keys.hpp"
#include "core/blocks/keys.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "core/state/store.hpp"
#include "core/upkeep/upkeep.hpp"
#include "engines/databases/host.hpp"
#include "engines/machines/host.hpp"
#include "engines/messages/broker.hpp"
#include "front/gateway.hpp"
#include "front/http_server.hpp"
#include "front/metrics.hpp"
#include "front/stored_keys.hpp"
#include "front/tls_session.hpp"
#include "front/worker_pool.hpp"
#include "services/admin/service.hpp"
#include "services/dms/databases.hpp"
#include "services/dms/movers.hpp"
#include "services/dms/service.hpp"
#include "services/dms/target_postgres.hpp"
#include "services/ec2/service.hpp"
#include "services/events/service.hpp"
#include "services/rds/service.hpp"
#include "services/s3/operations.hpp"
#include "services/s3/service.hpp"
#include "services/sns/service.hpp"
#include "services/sqs/service.hpp"
#include "services/sts/service.hpp"
#include "wire/api/dispatcher.hpp"
#include "wire/api/registry.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWorkerQueueMax = 4096;
constexpr std::string_view kRootAccount = "000000000000";
constexpr Duration kStopGrace = std::chrono::seconds{20};

/// What lasts: everything under the data directory. Members are in the order in which they need each other.
struct Stores {
    Home home;
    SystemClock clock;
    OsRandom random;
    RealDisk disk;
    std::unique_ptr<blocks::MasterKeyFile> master_key;
    std::unique_ptr<state::StateStore> state;
    std::unique_ptr<blocks::Store> blocks;
    /// For people: its ARN, or a number. Set before the broker starts.
    std::function<std::string(messages::QueueId)> name_of_queue;
    std::unique_ptr<messages::Broker> broker;

    explicit Stores(Home opened) : home{std::move(opened)} {}
    [[nodiscard]] std::string path(std::string_view name) const { return (home.path() / name).string(); }

    static Result<std::unique_ptr<Stores>> open(const Settings& settings, Log& log) {
        auto stores = std::make_unique<Stores>(TRY(Home::open(settings.data_directory)));
        std::error_code code;
        fs::create_directories(stores->path("keys"), code);
        fs::permissions(stores->path("keys"), fs::perms::owner_all, code);
        if (code) return error_from_errno(code.value(), "making " + stores->path("keys"));
        TRY(check_parts(stores->home));
        stores->master_key =
            TRY(blocks::MasterKeyFile::open(stores->disk, stores->path("keys/master"), stores->random));
        stores->state = TRY(state::StateStore::open(stores->path("state"), stores->clock, stores->random));
        const blocks::Seams seams{stores->disk, stores->clock, stores->random, *stores->master_key};
        stores->blocks = TRY(blocks::Store::open(seams, stores->path("blocks"), {}));
        messages::BrokerOptions queues;
        queues.directory = stores->path("messages");
        queues.on_damage = [&log, stores = stores.get()](messages::QueueId queue, std::uint64_t count) {
            const std::string name = stores->name_of_queue ? stores->name_of_queue(queue) : std::string{};
            log.write(LogLevel::error, "messages_damaged",
                      {{"queue", std::string_view{name}}, {"messages", static_cast<std::int64_t>(count)}});
        };
        stores->broker =
            TRY(messages::Broker::open(std::move(queues), stores->disk, stores->clock, stores->random));
        return stores;
    }
};

upkeep::Settings upkeep_settings(const Settings& settings) {
    return {.account = std::string{kRootAccount},
            .region = settings.region,
            .scrub_rate = Bytes{std::uint64_t{settings.scrub_mib_per_second} << 20U},
            .scrub_every = std::chrono::hours{settings.scrub_interval_hours},
            .collect_every = std::chrono::minutes{settings.collect_interval_minutes}};
}

std::function<void(const upkeep::News&)> upkeep_news(Log& log) {
    return [&log](const upkeep::News& news) {
        log.write(LogLevel::error, "blocks_damaged",
                  {{"job", std::string_view{news.job}}, {"what", std::string_view{news.what}}});
    };
}

/// The services over the stores, with the jobs that they run.
struct Services {
    jobs::Jobs jobs;
    state::PageTokens tokens;
    SnsRenderer wrapping;
    QueuesForSns topic_queues{sqs};
    std::unique_ptr<sqs::Sqs> sqs;
    std::unique_ptr<sns::Sns> sns;
    TargetsOfS3 notice_targets;
    std::unique_ptr<s3::Service> s3;
    std::unique_ptr<ec2::ObjectReader> objects;
    std::unique_ptr<ec2::Ec2> ec2;
    std::unique_ptr<BucketsOfS3> dms_buckets;
    std::unique_ptr<SecretFiles> dms_secrets;
    dms::PostgresTargets dms_targets;
    dms::ReplicationDatabases dms_databases;
    std::unique_ptr<dms::EngineMovers> dms_movers;
    std::unique_ptr<databases::DatabaseHost> databases;
    std::unique_ptr<rds::Rds> rds;
    TopicsOfSns event_topics{sns};
    TopicsForDms dms_topics{event_topics};
    std::unique_ptr<dms::Dms> dms;
    std::unique_ptr<events::Events> events;
    std::unique_ptr<machines::MachineHost> machines;
    CountsOfMachines machine_counts{machines};
    std::unique_ptr<access::KeyStore> key_store;
    std::unique_ptr<access::AccessKeys> keys;
    std::unique_ptr<upkeep::Upkeep> upkeep;
    std::unique_ptr<UpkeepByName> upkeep_by_name;
    QueuesOfSqs queue_view{sqs};
    std::unique_ptr<admin::Admin> admin;
    wire::Registry registry;

    Services(Stores& stores, state::PageTokens page_tokens)
        : jobs{*stores.state, stores.clock, stores.random},
          tokens{std::move(page_tokens)},
          notice_targets{{sqs, sns, *stores.broker, stores.random}} {}

    static Result<std::unique_ptr<Services>> open(Stores& stores, const Settings& settings,
                                                  ThreadStarter& threads, Log& log) {
        auto services =
            std::make_unique<Services>(stores, TRY(state::PageTokens::open(*stores.state, stores.random)));
        services->s3 = TRY(s3::Service::open(
            {*stores.state, *stores.blocks, stores.clock, stores.random, services->notice_targets}));
        services->objects = object_reader_of(*services->s3);
        services->ec2 = std::make_unique<ec2::Ec2>(ec2::Parts{.state = *stores.state,
                                                              .tokens = services->tokens,
                                                              .jobs = services->jobs,
                                                              .blocks = *stores.blocks,
                                                              .objects = *services->objects,
                                                              .disk = stores.disk,
                                                              .clock = stores.clock,
                                                              .random = stores.random,
                                                              .threads = threads,
                                                              .import_threads = settings.import_threads});
        services->sqs = std::make_unique<sqs::Sqs>(
            sqs::Parts{.state = *stores.state,
                       .tokens = services->tokens,
                       .jobs = services->jobs,
                       .broker = *stores.broker,
                       .renderer = services->wrapping,
                       .clock = stores.clock,
                       .random = stores.random,
                       .settings = {.recreate_wait = std::chrono::seconds{settings.queue_recreate_seconds},
                                    .purge_wait = std::chrono::seconds{settings.queue_purge_seconds},
                                    .in_flight_limit = settings.queue_in_flight}});
        services->sns = TRY(sns::Sns::open({.state = *stores.state,
                                            .tokens = services->tokens,
                                            .jobs = services->jobs,
                                            .broker = *stores.broker,
                                            .queues = services->topic_queues,
                                            .sealing = *stores.master_key,
                                            .clock = stores.clock,
                                            .random = stores.random,
                                            .settings = settings.deliveries}));
        services->events = TRY(events::Events::open({.state = *stores.state,
                                                     .jobs = services->jobs,
                                                     .topics = services->event_topics,
                                                     .clock = stores.clock,
                                                     .random = stores.random,
                                                     .region = settings.region}));
        services->events->register_operations(services->registry);
        services->key_store = access::key_store_in(*stores.state);
        services->keys = TRY(access::AccessKeys::open(
            {*services->key_store, *stores.master_key, stores.clock, stores.random}));
        s3::register_forms(*services->s3, *services->keys, services->registry);
        services->upkeep = std::make_unique<upkeep::Upkeep>(
            upkeep::Upkeep::Parts{services->jobs, *stores.blocks, stores.clock, upkeep_news(log)},
            upkeep_settings(settings));
        services->upkeep_by_name = std::make_unique<UpkeepByName>(*services->upkeep);
        services->upkeep->register_jobs();
        services->admin = std::make_unique<admin::Admin>(admin::Parts{
            services->jobs, *stores.blocks, services->tokens, services->machine_counts, *services->keys,
            *services->upkeep_by_name, services->queue_view, stores.clock.now()});
        services->admin->register_operations(services->registry);
        services->ec2->register_jobs(services->jobs);
        services->ec2->register_operations(services->registry);
        services->add_dms(stores, threads);
        services->sqs->register_jobs(services->jobs);
        services->sqs->register_operations(services->registry);
        services->sns->register_jobs(services->jobs);
        services->sns->register_operations(services->registry);
        s3::register_operations(*services->s3, services->registry);
        sts::register_operations(services->registry);
        return services;
    }

    void add_rds(Stores& stores, const Settings& settings) {
        rds = std::make_unique<rds::Rds>(rds::Parts{.state = *stores.state,
                                                    .tokens = tokens,
                                                    .jobs = jobs,
                                                    .sealing = *stores.master_key,
                                                    .clock = stores.clock,
                                                    .random = stores.random,
                                                    .bind_address = settings.database_address});
        rds->register_jobs(jobs);
        rds->register_operations(registry);
    }

private:
    /// Behind S3, whose buckets it works with.
    void add_dms(Stores& stores, ThreadStarter& threads) {
        dms_movers = std::make_unique<dms::EngineMovers>(threads, stores.clock, mariadb_conversion());
        dms_buckets = std::make_unique<BucketsOfS3>(*s3);
        dms_secrets = std::make_unique<SecretFiles>(stores.path("secrets"));
        dms = std::make_unique<dms::Dms>(dms::Parts{.state = *stores.state,
                                                    .tokens = tokens,
                                                    .jobs = jobs,
                                                    .buckets = *dms_buckets,
                                                    .secrets = *dms_secrets,
                                                    .databases = dms_targets,
                                                    .sealing = *stores.master_key,
                                                    .replicated = dms_databases,
                                                    .movers = *dms_movers,
                                                    .topics = dms_topics,
                                                    .clock = stores.clock,
                                                    .random = stores.random});
        dms->register_jobs(jobs);
        dms->register_operations(registry);
    }
};

machines::Acceleration acceleration_of(Acceleration setting) {
    switch (setting) {
        case Acceleration::automatic: return machines::Acceleration::automatic;
        case Acceleration::kvm: return machines::Acceleration::kvm;
        case Acceleration::tcg: return machines::Acceleration::tcg;
    }
    return machines::Acceleration::automatic;
}

/// Machines are optional: without QEMU everything else works, and RunInstances says why it does not.
Status open_machines(Services& services, Stores& stores, const Settings& settings, Log& log) {
    machines::HostSettings host;
    host.root = stores.path("machines");
    host.acceleration = acceleration_of(settings.acceleration);
    ec2::Ec2& ec2 = *services.ec2;
    auto opened =
        machines::MachineHost::open(host, stores.clock, stores.random,
                                    [&ec2](const machines::MachineView& v) { ec2.machine_changed(v); });
    if (opened.is(Errc::not_found)) {
        log.write(LogLevel::warning, "machines_unavailable",
                  {{"reason", std::string_view{opened.error().message()}}});
        return {};
    }
    services.machines = TRY(std::move(opened));
    return {};
}

/// Databases are optional as machines are: where they cannot be run, their operations say why.
void open_databases(Services& services, Stores& stores, const Settings& settings, Log& log) {
    services.add_rds(stores, settings);
    auto opened = databases::DatabaseHost::open({.root = stores.path("databases")});
    const Status attached = opened.ok() ? services.rds->attach(opened->get()) : Status{opened.error()};
    if (!attached.ok()) {
        services.rds->detach();
        log.write(LogLevel::error, "databases_unavailable",
                  {{"reason", std::string_view{attached.error().message()}}});
        return;
    }
    services.databases = std::move(*opened);
}

Result<std::unique_ptr<front::TlsContext>> open_tls(const Stores& stores, const Settings& settings) {
    if (!settings.tls_certificate.empty())
        return front::TlsContext::load(settings.tls_certificate, settings.tls_key);
    const std::string certificate = stores.path("tls/certificate.pem");
    const std::string key = stores.path("tls/key.pem");
    std::error_code code;
    fs::create_directories(stores.path("tls"), code);
    if (code) return error_from_errno(code.value(), "making " + stores.path("tls"));
    TRY(front::ensure_self_signed(certificate, key, settings.listen_host, stores.clock.now().seconds()));
    return front::TlsContext::load(certificate, key);
}

front::RequestLog request_log(Log& log) {
    return [&log](const front::RequestLine& line) {
        const LogLevel level = line.status >= 500 ? LogLevel::warning : LogLevel::info;
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(line.took).count();
        log.write(level, "request",
                  {{"rid", line.request_id},
                   {"principal", line.principal},
                   {"key", line.access_key},
                   {"ip", line.source_ip},
                   {"service", line.service},
                   {"op", line.operation},
                   {"method", line.method},
                   {"path", line.path},
                   {"status", std::int64_t{line.status}},
                   {"code", line.code},
                   {"cause", line.cause},
                   {"us", std::int64_t{micros}},
                   {"bytes", static_cast<std::int64_t>(line.sent.count)}});
    };
}

/// The certificate that checks the signatures of notifications, for whoever asks.
front::OwnPath certificate_of(const sns::Sns& sns) {
    return {.path = std::string{sns::kCertificatePrefix} + "*",
            .answer = [&sns](std::string_view path) -> std::optional<front::Response> {
                auto certificate = sns.signer().certificate_at(path);
                if (!certificate) return std::nullopt;
                front::ResponseHead head{200};
                head.add("Content-Type", "application/x-pem-file");
                return front::Response{std::move(head), std::move(*certificate), {}};
            }};
}

/// The endpoint: sockets, workers, and the gateway between them and the services.
class Endpoint {
public:
    Endpoint(Stores& stores, Services& services, const Settings& settings, Log& log)
        : catalogue_{wire::embedded_models()},
          dispatcher_{catalogue_, services.registry},
          workers_{kWorkerQueueMax},
          keys_{*services.keys},
          key_table_{keys_},
          settings_{settings},
          stores_{stores},
          services_{services},
          log_{log} {}

    Status open() {
        TRY(keys_.write_credentials(stores_.disk, stores_.path("credentials"), settings_.region));
        tls_ = TRY(open_tls(stores_, settings_));
        front::GatewayOptions options;
        options.default_region = settings_.region;
        options.regions = settings_.regions;
        if (settings_.other_regions == OtherRegions::served)
            options.other_regions = front::OtherRegions::served;
        options.log = request_log(log_);
        // A long poll holds a connection and little else: those bound it.
        options.limits.admission.of.emplace("sqs", settings_.connections_max);
        options.more_metrics = [&upkeep = *services_.upkeep, &sqs = *services_.sqs, &sns = *services_.sns,
                                &s3 = *services_.s3, &events = *services_.events] {
            return upkeep.metrics() + sqs.metrics_text() + sns.metrics_text() + s3.notifier().metrics_text() +
                   events.metrics_text();
        };
        options.own_paths.push_back(certificate_of(*services_.sns));
        gateway_ = std::make_unique<front::Gateway>(
            front::Gateway::Parts{dispatcher_, key_table_, workers_, metrics_, stores_.clock, stores_.random},
            std::move(options));
        front::HttpOptions http;
        http.listen = {{settings_.listen_host, settings_.listen_port}};
        http.loops = settings_.loop_threads;
        const std::uint64_t descriptors = raise_descriptor_limit();
        http.connections_max = connections_within(descriptors, settings_.connections_max);
        if (http.connections_max < settings_.connections_max) {
            log_.write(LogLevel::warning, "connections_limited",
                       {{"descriptors", static_cast<std::int64_t>(descriptors)},
                        {"wanted", std::int64_t{settings_.connections_max}},
                        {"connections_max", static_cast<std::int64_t>(http.connections_max)}});
        }
        http.tls = tls_.get();
        http_ = TRY(front::HttpServer::open(std::move(http), workers_, *gateway_, stores_.clock));
        gateway_->show_counters_of(*http_);
        return {};
    }

    void start(ThreadStarter& threads) {
        for (std::size_t i = 0; i < http_->loops(); ++i)
            loop_threads_.push_back(threads.start("front.loop", [this, i] { http_->run_loop(i); }));
        for (std::uint32_t i = 0; i < settings_.worker_threads; ++i)
            worker_threads_.push_back(threads.start("front.worker", [this] { workers_.run(); }));
    }

    void stop() {
        http_->stop(kStopGrace);
        for (std::thread& thread : loop_threads_) thread.join();
        workers_.stop();
        for (std::thread& thread : worker_threads_) thread.join();
    }

    [[nodiscard]] std::uint16_t port() const { return http_->ports().front(); }
    [[nodiscard]] const std::string& fingerprint() const { return tls_->fingerprint(); }

private:
    wire::Catalogue catalogue_;
    wire::Dispatcher dispatcher_;
    front::WorkerPool workers_;
    access::AccessKeys& keys_;
    front::StoredKeys key_table_;
    front::Metrics metrics_;
    const Settings& settings_;
    Stores& stores_;
    Services& services_;
    Log& log_;
    std::unique_ptr<front::TlsContext> tls_;
    std::unique_ptr<front::Gateway> gateway_;
    std::unique_ptr<front::HttpServer> http_;
    std::vector<std::thread> loop_threads_;
    std::vector<std::thread> worker_threads_;
};

/// SIGTERM, SIGINT and SIGHUP (the terminal closes), blocked in every thread and taken here. Under nohup the
/// last is ignored, as it should be.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE,
                    SIG_IGN);  // NOLINT: a closed socket is an error of its write, not of the process
    }
    [[nodiscard]] int wait() const {
        int signal = 0;
        while (sigwait(&set_, &signal) != 0) continue;
        return signal;
    }

private:
    sigset_t set_{};
};

std::string url_of(const Settings& settings, std::uint16_t port) {
    const bool v6 = settings.listen_host.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + settings.listen_host + "]" : settings.listen_host) + ":" +
           std::to_string(port);
}

Status serve(const Settings& settings, Log& log) {
    const CrashReports crashes{log};
    const StopSignals signals;
    Threads threads;
    auto stores = TRY(Stores::open(settings, log));
    stores->state->start(threads);
    auto services = TRY(Services::open(*stores, settings, threads, log));
    TRY(open_machines(*services, *stores, settings, log));
    open_databases(*services, *stores, settings, log);
    TRY(services->ec2->start(services->machines.get(), threads));
    services->s3->start(threads);
    TRY(services->sqs->attach());
    services->sns->attach();
    stores->name_of_queue = [&sqs = *services->sqs](messages::QueueId queue) {
        const sqs::QueuePtr known = sqs.directory().find(queue);
        return known ? known->arn : "number " + std::to_string(queue.value);
    };
    stores->broker->start(threads);
    services->s3->start_notices(threads);
    TRY(services->jobs.start(threads));
    TRY(services->rds->start(threads));
    services->upkeep->start(threads);
    Endpoint endpoint{*stores, *services, settings, log};
    TRY(endpoint.open());
    endpoint.start(threads);

    const std::string url = url_of(settings, endpoint.port());
    services->sns->set_base_url(settings.public_url.empty() ? url : settings.public_url);
    TRY(services->sns->start(threads));
    services->events->start(threads);
    log.write(LogLevel::info, "server_ready",
              {{"url", std::string_view{url}},
               {"data", std::string_view{settings.data_directory.native()}},
               {"tls_fingerprint", std::string_view{endpoint.fingerprint()}}});
    std::cout << "ready " << url << std::endl;

    const int signal = signals.wait();
    log.write(LogLevel::info, "server_stopping", {{"signal", std::int64_t{signal}}});
    // In the order in which the parts feed each other: no new requests, then no new work, then the stores.
    services->sqs->end_polls();
    services->jobs.end_watches();
    endpoint.stop();
    services->upkeep->stop();
    services->jobs.stop();
    services->rds->stop();
    services->databases.reset();
    services->events->stop();
    services->s3->stop_notices();
    services->sns->stop();
    stores->broker->stop();
    services->ec2->stop();
    services->machines.reset();
    services->s3->stop();
    stores->state->stop();
    log.write(LogLevel::info, "server_stopped");
    return {};
}

}  // namespace

int run_server(const Settings& settings) {
    Log log{settings.log_format, settings.log_level, STDERR_FILENO};
    const Status served = serve(settings, log);
    if (served.ok()) return 0;
    log.write(LogLevel::error, "server_failed", {{"reason", std::string_view{served.error().message()}}});
    std::cerr << "landfall: " << served.error().message() << '\n';
    return 1;
}

}  // namespace landfall::app
