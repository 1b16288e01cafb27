package io.tilefold.loadtest;

import io.grpc.ManagedChannel;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * An open-loop load test: requests are sent at a fixed rate whatever the answers do, and each latency is measured from the moment the request was
 * <em>meant</em> to be sent. A node that stalls therefore shows its stall in every request that was due meanwhile, not in one.
 */
public final class LoadTest {
    private static final int HGRM_TICKS_PER_HALF_DISTANCE = 5;
    /** It connects too, in a process that has done nothing yet. */
    private static final long FIRST_FETCH_MS = 10_000;

    private static final double NANOS_PER_MICRO = 1_000.0;

    private LoadTest() {}

    /**
     * Runs a load test on the calling thread.
     *
     * @throws io.tilefold.client.FetchException if the first fetch of all, sent before the load, fails: wrong target, wrong keys, nobody there
     * @throws IOException if the histogram file cannot be written, or files of the credentials cannot be read
     */
    public static LoadTestReport run(LoadTestConfig config) throws IOException, InterruptedException {
        List<Fetch> fetches = config.fetches();
        try (FeatureClient client = client(config)) {
            client.fetch(fetches.get(0).deadline(Duration.ofMillis(Math.max(FIRST_FETCH_MS, config.timeoutMs()))));
        }
        List<FetchRequest> requests = fetches.stream().map(Fetch::toRequest).toList();
        List<ManagedChannel> channels = new ArrayList<>();
        try {
            for (int i = 0; i < config.connections(); i++) {
                String address = config.addresses().get(i % config.addresses().size());
                channels.add(
                        config.credentials().channel(address).directExecutor().build());
            }
            return run(config, requests, channels);
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
            for (ManagedChannel channel : channels) {
                channel.awaitTermination(1, TimeUnit.SECONDS);
            }
        }
    }

    private static FeatureClient client(LoadTestConfig config) throws IOException {
        FeatureClient.Builder client = FeatureClient.builder()
                .address(config.addresses().get(0))
                .credentials(config.credentials().tls());
        config.credentials().token().ifPresent(client::token);
        return client.build();
    }

    private static LoadTestReport run(LoadTestConfig config, List<FetchRequest> requests, List<ManagedChannel> channels)
            throws IOException, InterruptedException {
        List<FeatureServiceStub> stubs =
                channels.stream().map(FeatureServiceGrpc::newStub).toList();
        if (config.warmupMs() > 0) {
            // Ends with its last answer: what the warm-up left waiting must not stand in the measured part's way.
            Schedule warmup = Schedule.of(config.ratePerSecond(), config.warmupMs());
            Tally discarded = new Tally();
            run(config, "warm-up", discarded, new Pacer(config, warmup, requests, stubs, discarded));
        }
        try (HiccupMeter hiccups = new HiccupMeter()) {
            Tally measured = new Tally();
            Schedule schedule = Schedule.of(config.ratePerSecond(), config.durationMs());
            Pacer pacer = new Pacer(config, schedule, requests, stubs, measured);
            run(config, "load   ", measured, pacer);
            LoadTestReport report = LoadTestReport.of(config, schedule, pacer, measured, hiccups.stop());
            if (config.histogramFile().isPresent()) {
                writeHistogram(config.histogramFile().get(), report.latency());
            }
            return report;
        }
    }

    private static void run(LoadTestConfig config, String phase, Tally tally, Pacer pacer) throws InterruptedException {
        Progress progress = new Progress(config, phase, pacer, tally);
        try {
            pacer.run();
        } finally {
            progress.stop();
        }
    }

    private static void writeHistogram(Path file, Histogram latency) throws IOException {
        try (PrintStream out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
            latency.outputPercentileDistribution(out, HGRM_TICKS_PER_HALF_DISTANCE, NANOS_PER_MICRO);
            if (out.checkError()) {
                throw new IOException("could not write all of " + file);
            }
        }
    }
}
