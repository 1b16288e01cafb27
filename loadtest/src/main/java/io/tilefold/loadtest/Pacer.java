package io.tilefold.loadtest;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Sends requests on schedule from the calling thread, never more than so many at one time. */
final class Pacer {
    /** Sleeping longer than this is left to the scheduler; the rest of the way is yielded away, which wakes on time. */
    private static final long YIELD_NS = 150_000;

    private static final long FULL_POLL_NS = 20_000;

    /** A schedule that slipped may go on for so long after its end. */
    private static final long CATCH_UP_NS = TimeUnit.SECONDS.toNanos(1);

    private final LoadTestConfig config;
    private final Schedule schedule;
    private final List<FetchRequest> requests;
    private final List<FeatureServiceStub> connections;
    private final Tally tally;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile long sent;
    private volatile long slipped;

    Pacer(
            LoadTestConfig config,
            Schedule schedule,
            List<FetchRequest> requests,
            List<FeatureServiceStub> connections,
            Tally tally) {
        this.config = config;
        this.schedule = schedule;
        this.requests = requests;
        this.connections = connections;
        this.tally = tally;
    }

    /** Runs the schedule to its end, then waits for the answers under way until their deadlines are past. */
    void run() throws InterruptedException {
        for (long i = 0; i < schedule.total(); i++) {
            awaitTime(schedule.intendedNs(i));
            if (!awaitPlace()) {
                break;
            }
            send(i);
        }
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2 * config.timeoutMs());
        while (inFlight.get() > 0 && System.nanoTime() - untilNs < 0) {
            Thread.sleep(1);
        }
    }

    /** Requests sent so far. */
    long sent() {
        return sent;
    }

    /** Requests that had to wait for a place so far. */
    long slipped() {
        return slipped;
    }

    int inFlight() {
        return inFlight.get();
    }

    @SuppressWarnings(
            "ThreadPriorityCheck") // spinning would take a core from the system under load, sleeping wakes too late
    private static void awaitTime(long intendedNs) throws InterruptedException {
        while (true) {
            long leftNs = intendedNs - System.nanoTime();
            if (leftNs <= 0) {
                return;
            }
            if (leftNs > YIELD_NS) {
                LockSupport.parkNanos(leftNs - YIELD_NS);
                if (Thread.interrupted()) {
                    throw new InterruptedException("load test interrupted");
                }
            } else {
                Thread.yield();
            }
        }
    }

    /** Returns false if the schedule's end is past: what is not sent by then is never sent. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the pacing thread alone, read by the progress thread
    private boolean awaitPlace() throws InterruptedException {
        boolean waited = false;
        while (System.nanoTime() - schedule.endNs() < CATCH_UP_NS) {
            if (inFlight.get() < config.maxInFlight()) {
                return true;
            }
            if (!waited) {
                waited = true;
                slipped++;
            }
            LockSupport.parkNanos(FULL_POLL_NS);
            if (Thread.interrupted()) {
                throw new InterruptedException("load test interrupted");
            }
        }
        return false;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the pacing thread alone, read by the progress thread
    private void send(long index) {
        sent++;
        inFlight.incrementAndGet();
        connections
                .get((int) (index % connections.size()))
                .withDeadlineAfter(config.timeoutMs(), TimeUnit.MILLISECONDS)
                .fetch(requests.get((int) (index % requests.size())), new Answer(schedule.intendedNs(index)));
    }

    /** Takes one answer, on its connection's thread. */
    private final class Answer implements StreamObserver<FetchResponse> {
        private final long intendedNs;

        Answer(long intendedNs) {
            this.intendedNs = intendedNs;
        }

        @Override
        public void onNext(FetchResponse response) {
            tally.answer(intendedNs, System.nanoTime(), response);
        }

        @Override
        public void onError(Throwable failure) {
            inFlight.decrementAndGet();
            tally.failure(intendedNs, System.nanoTime(), Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            inFlight.decrementAndGet();
        }
    }
}
