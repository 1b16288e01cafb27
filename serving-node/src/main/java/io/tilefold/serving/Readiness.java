package io.tilefold.serving;

import java.util.function.Consumer;

/** When a node says that it is ready: a store is mapped that has caught up, and the node has rehearsed. Thread safe. */
final class Readiness {
    private final Consumer<Boolean> health;
    private boolean caughtUp;
    private boolean rehearsed;
    private boolean ready;

    /** @param health told each change, in order; at first it is not ready */
    Readiness(Consumer<Boolean> health) {
        this.health = health;
    }

    synchronized void caughtUp(boolean now) {
        caughtUp = now;
        say();
    }

    /** For good: a store that is lost and comes back finds the node warm. */
    synchronized void rehearsed() {
        rehearsed = true;
        say();
    }

    private void say() {
        boolean now = caughtUp && rehearsed;
        if (now != ready) {
            ready = now;
            health.accept(now);
        }
    }
}
