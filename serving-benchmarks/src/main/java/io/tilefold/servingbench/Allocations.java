package io.tilefold.servingbench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a server process has allocated on its heap: it is asked by a line of its input and answers by one of its output. */
final class Allocations {
    private static final String ANSWER = "ALLOCATED ";

    private Allocations() {}

    /** Answers from now on, in this process. */
    static void answer() {
        Thread thread = new Thread(Allocations::answerAll, "allocations");
        thread.setDaemon(true);
        thread.start();
    }

    private static void answerAll() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(ANSWER + bytes());
            }
        } catch (IOException failure) {
            System.err.println("allocations: " + failure);
        }
    }

    /** Of all threads that live: the compilers' are none of Java's. */
    private static long bytes() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }

    /** Asks a server process. */
    static long of(Children.Child server) throws IOException {
        server.in().println("allocated");
        for (String line = server.out().readLine();
                line != null;
                line = server.out().readLine()) {
            if (line.startsWith(ANSWER)) {
                return Long.parseLong(line.substring(ANSWER.length()));
            }
            System.out.println(line);
        }
        throw new IOException("the server ended");
    }
}
