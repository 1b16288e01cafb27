package io.tilefold.client;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What gRPC itself does about a call that fails or takes long, as a gRPC service config. All attempts of a call share its deadline. A node that
 * refuses a call for lack of room says when to try again, and that is kept; what is refused for good is not tried again. Immutable.
 */
public final class CallPolicy {
    private static final String SERVICE = "tilefold.serving.v1.FeatureService";
    private static final List<String> WORTH_ANOTHER_TRY = List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED");
    private static final int MAX_ATTEMPTS = 5;

    private final Map<String, ?> serviceConfig;

    private CallPolicy(Map<String, ?> serviceConfig) {
        this.serviceConfig = serviceConfig;
    }

    /** One attempt. */
    public static CallPolicy once() {
        return new CallPolicy(Map.of());
    }

    /** Up to 3 attempts. */
    public static CallPolicy retry() {
        return retry(3);
    }

    /**
     * Another attempt, after 10 ms and then more, where a node is unavailable or has no room.
     *
     * @param attempts 2 to 5, the first included
     */
    public static CallPolicy retry(int attempts) {
        checkAttempts(attempts);
        return ofMethods(
                "retryPolicy",
                Map.of(
                        "maxAttempts",
                        (double) attempts,
                        "initialBackoff",
                        "0.01s",
                        "maxBackoff",
                        "0.2s",
                        "backoffMultiplier",
                        2.0,
                        "retryableStatusCodes",
                        WORTH_ANOTHER_TRY));
    }

    /**
     * Another attempt while no answer has come for {@code delay}; the first answer wins, the other attempts are cancelled. Worth it where an address
     * stands for several nodes; costs the nodes as many more calls as answers are later than the delay.
     *
     * @param attempts 2 to 5, the first included
     */
    public static CallPolicy hedge(int attempts, Duration delay) {
        checkAttempts(attempts);
        if (delay.isNegative()) {
            throw new IllegalArgumentException("hedging delay " + delay + ": it must not be negative");
        }
        return ofMethods(
                "hedgingPolicy",
                Map.of(
                        "maxAttempts",
                        (double) attempts,
                        "hedgingDelay",
                        String.format(Locale.ROOT, "%.9fs", delay.toNanos() / 1e9),
                        "nonFatalStatusCodes",
                        WORTH_ANOTHER_TRY));
    }

    private static void checkAttempts(int attempts) {
        if (attempts < 2 || attempts > MAX_ATTEMPTS) {
            throw new IllegalArgumentException(attempts + " attempts: from 2 to " + MAX_ATTEMPTS);
        }
    }

    private static CallPolicy ofMethods(String kind, Map<String, ?> policy) {
        return new CallPolicy(Map.of(
                "methodConfig", List.of(Map.of("name", List.of(Map.of("service", SERVICE)), kind, policy))));
    }

    Map<String, ?> serviceConfig() {
        return serviceConfig;
    }
}
