package io.tilefold.serving;

import dev.failsafe.CircuitBreaker;
import io.grpc.Status;
import io.tilefold.core.value.Field;
import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.proto.external.v1.LookupResponse;
import io.tilefold.serving.GeneratedColumn.WrongColumnException;
import io.tilefold.serving.external.ExternalSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One external source behind a timeout and a circuit breaker: after half of {@value #LEAST_CALLS} or more calls within ten seconds failed or were late it is left alone for
 * a second, then tried with {@value #TRIALS} calls. Thread safe.
 */
final class GuardedSource implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedSource.class);
    private static final int FAILURE_PERCENT = 50;
    private static final int LEAST_CALLS = 20;
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int TRIALS = 5;

    private final String name;
    private final ExternalSource source;
    private final long timeoutNs;
    private final CircuitBreaker<Object> breaker;
    private final ThrottledLog problems = new ThrottledLog(LOG);

    GuardedSource(String name, ExternalSource source, long timeoutMs) {
        this.name = name;
        this.source = source;
        this.timeoutNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        this.breaker = CircuitBreaker.builder()
                .withFailureRateThreshold(FAILURE_PERCENT, LEAST_CALLS, WINDOW)
                .withDelay(PAUSE)
                .withSuccessThreshold(TRIALS)
                .onOpen(event -> LOG.warn("external source {} fails too often: it is not asked for {}", name, PAUSE))
                .onClose(event -> LOG.info("external source {} answers again", name))
                .build();
    }

    /**
     * Asks; never blocks and never completes exceptionally.
     *
     * @param budgetNs time left for the request
     */
    CompletableFuture<ExternalAnswer> ask(LookupRequest request, List<Field> values, long budgetNs) {
        long allowedNs = Math.min(timeoutNs, budgetNs);
        if (allowedNs <= 0) {
            return CompletableFuture.completedFuture(ExternalAnswer.TIMED_OUT);
        }
        if (!breaker.tryAcquirePermit()) {
            return CompletableFuture.completedFuture(ExternalAnswer.OFF);
        }
        long askedNs = System.nanoTime();
        CompletableFuture<LookupResponse> call = lookup(request, allowedNs);
        return call.copy()
                .orTimeout(allowedNs, TimeUnit.NANOSECONDS)
                .thenApply(response -> checked(response, values, request.getRowCount()))
                .handle((answer, failure) -> {
                    if (answer != null) {
                        breaker.recordSuccess();
                        return answer;
                    }
                    call.cancel(false);
                    return failed(failure, allowedNs, System.nanoTime() - askedNs);
                });
    }

    private CompletableFuture<LookupResponse> lookup(LookupRequest request, long allowedNs) {
        try {
            return source.lookup(request, allowedNs);
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private static ExternalAnswer checked(LookupResponse response, List<Field> values, int rows) {
        try {
            return ExternalAnswer.of(response, values, rows);
        } catch (WrongColumnException wrong) {
            throw new IllegalArgumentException("its answer is wrong: " + wrong.getMessage(), wrong);
        }
    }

    private ExternalAnswer failed(@Nullable Throwable failure, long allowedNs, long tookNs) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        boolean late = cause instanceof TimeoutException
                || tookNs >= allowedNs
                || Status.fromThrowable(cause).getCode()
                        == Status.Code.DEADLINE_EXCEEDED; // the call's own deadline may end first
        // A request's budget that was too short says nothing of the source.
        if (!late || allowedNs == timeoutNs || !breaker.isClosed()) {
            breaker.recordFailure();
        }
        problems.warn("external source " + name + (late ? " did not answer in time" : " failed: " + cause));
        return late ? ExternalAnswer.TIMED_OUT : ExternalAnswer.FAILED;
    }

    @Override
    public void close() {
        source.close();
    }
}
