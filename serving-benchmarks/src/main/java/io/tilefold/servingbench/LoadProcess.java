package io.tilefold.servingbench;

import io.tilefold.loadtest.LoadTest;
import io.tilefold.loadtest.LoadTestConfig;
import io.tilefold.loadtest.LoadTestReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A client of one server, in a process of its own. Arguments: port, server's process id, cards, rows per request, requests per second, in flight,
 * connections, deadline in milliseconds. Prints READY; then, for every line of its input, {@code SECONDS [REQUESTS_PER_SECOND IN_FLIGHT [PORT PID]]}, loads
 * the server, or the one named in its place, for so many seconds and prints a line of figures. So what is measured is warm: the runs before it were in the same process.
 */
public final class LoadProcess {
    private static final int REQUESTS = 20_000;

    private LoadProcess() {}

    public static void main(String[] args) throws Exception {
        String port = args[0];
        long server = Long.parseLong(args[1]);
        List<Map<String, ?>> rows = rows(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        System.out.println("READY");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] run = line.split(" ");
            if (run.length > 3) {
                port = run[3];
                server = Long.parseLong(run[4]);
            }
            run(
                    LoadTestConfig.join(Cards.JOIN)
                            .address("127.0.0.1:" + port)
                            .rows(rows)
                            .rowsPerRequest(Integer.parseInt(args[3]))
                            .ratePerSecond(Double.parseDouble(run.length > 1 ? run[1] : args[4]))
                            .maxInFlight(Integer.parseInt(run.length > 1 ? run[2] : args[5]))
                            .connections(Integer.parseInt(args[6]))
                            .timeoutMs(Long.parseLong(args[7]))
                            .warmupMs(0)
                            .durationMs(Long.parseLong(run[0]) * 1_000)
                            .build(),
                    server);
        }
    }

    private static void run(LoadTestConfig load, long server) throws IOException, InterruptedException {
        long own = ProcessHandle.current().pid();
        double serverMs = ProcessStatistics.cpuMs(server);
        double ownMs = ProcessStatistics.cpuMs(own);
        LoadTestReport report = LoadTest.run(load);
        serverMs = ProcessStatistics.cpuMs(server) - serverMs;
        ownMs = ProcessStatistics.cpuMs(own) - ownMs;
        if (!report.statuses().keySet().equals(Set.of("COMPLETE"))) {
            System.out.println("STATUSES " + report.statuses() + " " + report.errors());
        }
        System.out.printf(
                Locale.ROOT,
                "FIGURES %.0f %d %.1f %.1f %.1f %.2f %.2f %.1f %.1f%n",
                report.throughputPerSecond(),
                report.failed() + report.unsent(),
                report.latencyUs(50),
                report.latencyUs(99),
                report.latencyUs(99.9),
                serverMs * 1e3 / report.answered(),
                ownMs * 1e3 / report.answered(),
                report.hiccups().getValueAtPercentile(50) / 1e3,
                report.hiccups().getValueAtPercentile(99) / 1e3);
    }

    private static List<Map<String, ?>> rows(int cards, int rowsPerRequest) {
        SplittableRandom random = new SplittableRandom(7);
        List<Map<String, ?>> rows = new ArrayList<>();
        int count = rowsPerRequest == 1 ? REQUESTS : 500 * rowsPerRequest;
        for (int i = 0; i < count; i++) {
            rows.add(Map.of("card", Cards.card(random.nextInt(cards))));
        }
        return rows;
    }
}
