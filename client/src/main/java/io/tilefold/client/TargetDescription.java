package io.tilefold.client;

import io.tilefold.core.value.Schema;

/**
 * What a join or GroupBy takes and gives.
 *
 * @param schemaId content id of {@code outputs}
 * @param keys the key columns a request must carry
 */
public record TargetDescription(String schemaId, Schema keys, Schema outputs) {}
