package io.tilefold.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A network of hosts, each a namespace of Linux, behind one bridge where the test itself is. What one host sends to another can be lost, each way by itself: its
 * neighbour's hardware address is a wrong one then.
 *
 * <pre>
 *   tfXb 10.199.X.254 (the test, the broker) ──┬── tfX-0: 10.199.X.1
 *                                              ├── tfX-1: 10.199.X.2
 *                                              └── tfX-2: 10.199.X.3
 * </pre>
 */
final class TestNetwork implements AutoCloseable {
    private static final String NOBODY = "02:00:00:00:00:01";
    private static final int NET_MAX = 250;

    private final String name;
    private final String prefix;
    private final int hosts;

    /** Empty if the test may make networks, or why not. */
    static String obstacle() {
        try {
            run("ip", "netns", "list");
            TestNetwork tried = new TestNetwork(0);
            tried.close();
            return "";
        } catch (IllegalStateException e) {
            return "network namespaces need root and iproute2: " + e.getMessage();
        }
    }

    TestNetwork(int hosts) {
        int net = freeNet();
        this.name = "tf" + net;
        this.prefix = "10.199." + net + ".";
        this.hosts = hosts;
        run("ip", "link", "add", bridge(), "type", "bridge");
        try {
            run("ip", "addr", "add", here() + "/24", "dev", bridge());
            run("ip", "link", "set", bridge(), "up");
            for (int host = 0; host < hosts; host++) {
                add(host);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** One that no other test uses, nor one that was killed has left. */
    private static int freeNet() {
        Random random = new Random();
        int net = 1 + random.nextInt(NET_MAX);
        for (int tried = 1; tried < NET_MAX && Files.exists(Path.of("/sys/class/net/tf" + net + "b")); tried++) {
            net = 1 + random.nextInt(NET_MAX);
        }
        return net;
    }

    private void add(int host) {
        String outside = name + "v" + host;
        run("ip", "netns", "add", space(host));
        run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space(host));
        run("ip", "link", "set", outside, "master", bridge(), "up");
        run("ip", "-n", space(host), "addr", "add", address(host) + "/24", "dev", "eth0");
        run("ip", "-n", space(host), "link", "set", "eth0", "up");
        run("ip", "-n", space(host), "link", "set", "lo", "up");
    }

    private String bridge() {
        return name + "b";
    }

    private String space(int host) {
        return name + "-" + host;
    }

    /** The test's own address, reached by all hosts at all times. */
    String here() {
        return prefix + "254";
    }

    String address(int host) {
        return prefix + (host + 1);
    }

    /** What a command begins with that is to run on a host. */
    List<String> commandPrefix(int host) {
        return List.of("ip", "netns", "exec", space(host));
    }

    /** Loses what one host sends to another, from now on. */
    void cut(int from, int to) {
        run(
                "ip",
                "-n",
                space(from),
                "neigh",
                "replace",
                address(to),
                "lladdr",
                NOBODY,
                "dev",
                "eth0",
                "nud",
                "permanent");
    }

    void mend(int from, int to) {
        run("ip", "-n", space(from), "neigh", "del", address(to), "dev", "eth0");
    }

    /** Loses what a host sends to all others. */
    void cutSending(int host) {
        others(host).forEach(other -> cut(host, other));
    }

    void mendSending(int host) {
        others(host).forEach(other -> mend(host, other));
    }

    /** Loses what all others send to a host. */
    void cutReceiving(int host) {
        others(host).forEach(other -> cut(other, host));
    }

    void mendReceiving(int host) {
        others(host).forEach(other -> mend(other, host));
    }

    private List<Integer> others(int host) {
        List<Integer> others = new ArrayList<>();
        for (int other = 0; other < hosts; other++) {
            if (other != host) {
                others.add(other);
            }
        }
        return others;
    }

    /** @throws IllegalStateException with what the command said, if it failed */
    static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", Arrays.asList(command)) + ": " + said.strip());
            }
        } catch (IOException e) {
            throw new IllegalStateException(command[0] + " cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The processes on its hosts have ended. */
    @Override
    public void close() {
        for (int host = 0; host < hosts; host++) {
            runQuietly("ip", "netns", "del", space(host));
        }
        runQuietly("ip", "link", "del", bridge());
    }

    private static void runQuietly(String... command) {
        try {
            run(command);
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
        }
    }
}
