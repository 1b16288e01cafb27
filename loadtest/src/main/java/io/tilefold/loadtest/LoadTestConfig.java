package io.tilefold.loadtest;

import io.tilefold.client.Fetch;
import io.tilefold.client.NodeCredentials;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What load to make. Immutable; validated once, here.
 *
 * @param addresses of serving nodes, {@code "host:port"}; connections are spread over them in turn
 * @param credentials with which they are reached; plaintext unless told
 * @param target name of the join or GroupBy
 * @param isJoin which of the two
 * @param rows keys to ask for, again and again from the first
 * @param rowsPerRequest 1
 * @param asOfMs q of every request; without it the node's clock
 * @param ratePerSecond requests to send in a second
 * @param durationMs measured time: 10 s
 * @param warmupMs time before it at the same rate, not measured: 3 s. The measured part begins when its last answer has come
 * @param connections 1
 * @param maxInFlight 1,000: requests without an answer at one time. At the bound the schedule slips; latency still counts from the intended time
 * @param timeoutMs 10 s: deadline of each request
 * @param histogramFile where to write the latency distribution in HdrHistogram's {@code .hgrm} text form, in microseconds
 * @param progress takes a line per second
 */
public record LoadTestConfig(
        List<String> addresses,
        NodeCredentials credentials,
        String target,
        boolean isJoin,
        List<Map<String, ?>> rows,
        int rowsPerRequest,
        OptionalLong asOfMs,
        double ratePerSecond,
        long durationMs,
        long warmupMs,
        int connections,
        int maxInFlight,
        long timeoutMs,
        Optional<Path> histogramFile,
        Consumer<String> progress) {

    /** @throws IllegalArgumentException naming the setting and its value */
    public LoadTestConfig {
        addresses = List.copyOf(addresses);
        rows = List.copyOf(rows);
        check(!addresses.isEmpty(), "addresses", addresses, "at least one host:port");
        check(!target.isBlank(), "target", target, "the name of a join or group-by");
        check(!rows.isEmpty(), "rows", rows, "at least one row of keys");
        check(rowsPerRequest > 0, "rowsPerRequest", rowsPerRequest, "positive");
        check(ratePerSecond > 0 && ratePerSecond <= 10_000_000, "ratePerSecond", ratePerSecond, "up to 10 million");
        check(durationMs > 0, "durationMs", durationMs, "positive");
        check(warmupMs >= 0, "warmupMs", warmupMs, "not negative");
        check(connections > 0 && connections <= 1024, "connections", connections, "from 1 to 1024");
        check(maxInFlight > 0, "maxInFlight", maxInFlight, "positive");
        check(timeoutMs > 0, "timeoutMs", timeoutMs, "positive");
    }

    private static void check(boolean valid, String setting, Object value, String rule) {
        if (!valid) {
            throw new IllegalArgumentException("loadtest." + setting + " is " + value + ": it must be " + rule);
        }
    }

    /** The distinct requests, in the order they are sent. */
    List<Fetch> fetches() {
        List<Fetch> fetches = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += rowsPerRequest) {
            Fetch fetch = isJoin ? Fetch.join(target) : Fetch.groupBy(target);
            for (int i = 0; i < rowsPerRequest; i++) {
                fetch.row(rows.get((from + i) % rows.size()));
            }
            asOfMs.ifPresent(fetch::asOf);
            fetches.add(fetch);
        }
        return fetches;
    }

    public static Builder join(String name) {
        return new Builder(name, true);
    }

    public static Builder groupBy(String name) {
        return new Builder(name, false);
    }

    /** Starts from the defaults; addresses, rows and rate have none. */
    public static final class Builder {
        private final String target;
        private final boolean isJoin;
        private final List<String> addresses = new ArrayList<>();
        private NodeCredentials credentials = NodeCredentials.NONE;
        private List<Map<String, ?>> rows = List.of();
        private int rowsPerRequest = 1;
        private OptionalLong asOfMs = OptionalLong.empty();
        private double ratePerSecond;
        private long durationMs = 10_000;
        private long warmupMs = 3_000;
        private int connections = 1;
        private int maxInFlight = 1_000;
        private long timeoutMs = 10_000;
        private Optional<Path> histogramFile = Optional.empty();
        private Consumer<String> progress = line -> {};

        private Builder(String target, boolean isJoin) {
            this.target = target;
            this.isJoin = isJoin;
        }

        public Builder address(String address) {
            addresses.add(address);
            return this;
        }

        public Builder credentials(NodeCredentials files) {
            credentials = files;
            return this;
        }

        public Builder rows(List<? extends Map<String, ?>> keys) {
            rows = List.copyOf(keys);
            return this;
        }

        public Builder rowsPerRequest(int count) {
            rowsPerRequest = count;
            return this;
        }

        public Builder asOfMs(long epochMs) {
            asOfMs = OptionalLong.of(epochMs);
            return this;
        }

        public Builder ratePerSecond(double requests) {
            ratePerSecond = requests;
            return this;
        }

        public Builder durationMs(long milliseconds) {
            durationMs = milliseconds;
            return this;
        }

        public Builder warmupMs(long milliseconds) {
            warmupMs = milliseconds;
            return this;
        }

        public Builder connections(int count) {
            connections = count;
            return this;
        }

        public Builder maxInFlight(int requests) {
            maxInFlight = requests;
            return this;
        }

        public Builder timeoutMs(long milliseconds) {
            timeoutMs = milliseconds;
            return this;
        }

        public Builder histogramFile(Path file) {
            histogramFile = Optional.of(file);
            return this;
        }

        public Builder progress(Consumer<String> lines) {
            progress = lines;
            return this;
        }

        /** @throws IllegalArgumentException naming the setting and its value */
        public LoadTestConfig build() {
            return new LoadTestConfig(
                    addresses,
                    credentials,
                    target,
                    isJoin,
                    rows,
                    rowsPerRequest,
                    asOfMs,
                    ratePerSecond,
                    durationMs,
                    warmupMs,
                    connections,
                    maxInFlight,
                    timeoutMs,
                    histogramFile,
                    progress);
        }
    }
}
