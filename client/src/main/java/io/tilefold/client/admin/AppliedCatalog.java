package io.tilefold.client.admin;

import io.tilefold.client.call.LogPosition;
import java.util.List;

/**
 * A catalog that is active.
 *
 * @param position from which on it is
 * @param changed names that became active or point to another definition now; empty if the catalog was active before
 */
public record AppliedCatalog(LogPosition position, List<String> changed) {
    public AppliedCatalog {
        changed = List.copyOf(changed);
    }
}
