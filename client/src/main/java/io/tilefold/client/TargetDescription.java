package io.tilefold.client;

import io.tilefold.core.value.Schema;

/**
 * What a join or GroupBy takes and gives.
 *
 * @param schemaId content id of {@code outputs}
 * @param keys the key columns a request must carry
 * @param contextual fields that it may carry beside them
 */
public record TargetDescription(String schemaId, Schema keys, Schema contextual, Schema outputs) {}
