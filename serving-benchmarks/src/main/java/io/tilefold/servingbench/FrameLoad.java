package io.tilefold.servingbench;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A load of requests made before, from one thread over {@link FrameConnection}s. In an open loop it spins, so that a request goes when it is due, and a latency counts from when it was due; in a
 * closed loop (no rate) it waits for answers, and a latency counts from when the request was sent. A run ends when its time has passed and every answer is there.
 */
final class FrameLoad implements FrameConnection.Ended {
    private static final String PATH = "/tilefold.serving.v1.FeatureService/Fetch";
    private static final long ANSWERS_WITHIN_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final byte[][] messages;
    private final int answerLength;
    private final Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    private long failed;
    private long answered;
    private long sent;

    /**
     * @param messages with their heads as gRPC frames them; sent in turn
     * @param answerLength of an answer, so framed: one that is not about as long is a failure
     */
    FrameLoad(byte[][] messages, int answerLength) {
        this.messages = messages;
        this.answerLength = answerLength;
    }

    /**
     * Runs.
     *
     * @param perSecond 0: closed loop
     */
    Report run(int port, int deadlineMs, long perSecond, int inFlight, int connections, long durationNs)
            throws IOException {
        latencies.reset();
        failed = 0;
        answered = 0;
        sent = 0;
        List<FrameConnection> opened = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                opened.add(new FrameConnection(port, PATH, deadlineMs, selector, this));
            }
            long startNs = System.nanoTime();
            while (System.nanoTime() - startNs < durationNs) {
                int sending = send(opened, startNs, perSecond, inFlight);
                receive(opened, selector, sending == 0 && perSecond == 0);
            }
            long tookNs = System.nanoTime() - startNs;
            long inTime = answered;
            long unsent = perSecond == 0 ? 0 : durationNs * perSecond / SECOND_NS - sent;
            while (answered + failed < sent) {
                if (System.nanoTime() - startNs - durationNs > ANSWERS_WITHIN_NS) {
                    throw new IOException((sent - answered - failed) + " calls have had no answer");
                }
                receive(opened, selector, true);
            }
            return new Report(inTime * (double) SECOND_NS / tookNs, answered, failed + Math.max(0, unsent), latencies);
        } finally {
            for (FrameConnection connection : opened) {
                connection.close();
            }
        }
    }

    /** @param failed calls without an answer, and those that were due and were not sent */
    record Report(double perSecond, long answered, long failed, Histogram latenciesNs) {}

    private int send(List<FrameConnection> connections, long startNs, long perSecond, int inFlight) throws IOException {
        long nowNs = System.nanoTime();
        long due = perSecond == 0 ? Long.MAX_VALUE : (nowNs - startNs) * perSecond / SECOND_NS + 1;
        long free = inFlight - (sent - answered - failed);
        int most = (int) Math.min(due - sent, free);
        int count = 0;
        for (FrameConnection connection = next(connections); count < most && connection.hasRoom(); count++) {
            long dueNs = perSecond == 0 ? nowNs : startNs + sent * SECOND_NS / perSecond;
            connection.call(messages[(int) (sent % messages.length)], dueNs);
            sent++;
            connection = next(connections);
        }
        for (int i = 0; count > 0 && i < connections.size(); i++) {
            connections.get(i).flush();
        }
        return count;
    }

    private FrameConnection next(List<FrameConnection> connections) {
        return connections.get((int) (sent % connections.size()));
    }

    private void receive(List<FrameConnection> connections, Selector selector, boolean mayWait) throws IOException {
        boolean any = false;
        for (FrameConnection connection : connections) {
            any |= connection.read();
        }
        if (!any && mayWait) {
            selector.select(1);
            selector.selectedKeys().clear();
        } else if (!any) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void ended(long startNs, int length) {
        if (Math.abs(length - answerLength) > answerLength / 4) {
            failed++;
        } else {
            answered++;
            latencies.recordValue(System.nanoTime() - startNs);
        }
    }
}
