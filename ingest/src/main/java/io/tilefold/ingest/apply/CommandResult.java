package io.tilefold.ingest.apply;

import java.util.List;
import java.util.Optional;

/**
 * What became of a command when its entry was applied.
 *
 * @param position of the entry in the log, or of the entry that had done the same before
 * @param refusal empty if it took effect
 * @param changed names that point to another definition now
 */
public record CommandResult(long position, Optional<Refusal> refusal, List<String> changed) {
    /** Why the state machine refused a command: the same on every member. */
    public record Refusal(Reason reason, String message) {}

    /** Causes, each with what the caller can do about it. */
    public enum Reason {
        /** The definition is not active: apply the catalog that has it. */
        UNKNOWN_DEFINITION,
        /** A newer version or batch end is committed: begin a new upload. */
        OLDER_THAN_COMMITTED,
        /** Another version is current than the one to be taken back. */
        NOT_CURRENT,
        /** There is no version to go back to. */
        NO_FORMER_VERSION,
        /** The commit does not say where its definition, new to a topic, begins to catch up: commit again. */
        LANE_START_MISSING,
        /** This build cannot execute the catalog. */
        INVALID_CATALOG
    }

    public CommandResult {
        changed = List.copyOf(changed);
    }

    /** It took effect with the entry that ends at this position. */
    public static CommandResult done(long position) {
        return new CommandResult(position, Optional.empty(), List.of());
    }

    static CommandResult changed(long position, List<String> names) {
        return new CommandResult(position, Optional.empty(), names);
    }

    static CommandResult refused(long position, Reason reason, String message) {
        return new CommandResult(position, Optional.of(new Refusal(reason, message)), List.of());
    }
}
