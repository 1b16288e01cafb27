package io.tilefold.ingest.apply;

import java.util.UUID;

/** Where results of commands go; called while the entry is applied, before it is published to readers. */
public interface CommandResults {
    void onResult(UUID command, CommandResult result);

    /** A snapshot is wanted; whoever takes it answers the command then. */
    void onSnapshotAsked(UUID command);
}
