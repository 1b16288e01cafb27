package io.tilefold.client;

import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last schema seen of each target, so that answers need not repeat it: a request names the one it knows, and a node whose answer has another
 * sends that along. Thread safe.
 */
final class KnownSchemas {
    private final ConcurrentHashMap<String, AnswerLayout> byTarget = new ConcurrentHashMap<>();

    /**
     * Adds to the request what is known of its target.
     *
     * @return the layout that an answer without a schema has; null if there is none yet
     */
    @Nullable AnswerLayout ask(FetchRequest.Builder request) {
        AnswerLayout known = byTarget.get(target(request));
        if (known == null) {
            request.setIncludeSchema(true);
        } else {
            request.setKnownSchemaId(known.schemaId());
        }
        return known;
    }

    /** The layout of an answer to a request that named {@code known}. */
    AnswerLayout of(FetchRequest request, FetchResponse response, @Nullable AnswerLayout known) {
        if (response.hasSchema()) {
            AnswerLayout told = AnswerLayout.within(response);
            byTarget.put(target(request.toBuilder()), told);
            return told;
        }
        boolean named = response.getColumnsList().stream()
                .noneMatch(column -> column.getName().isEmpty());
        if (known == null && named) {
            return AnswerLayout.within(response);
        }
        if (known == null || !known.schemaId().equals(response.getSchemaId())) {
            throw new IllegalStateException("the node answered with schema \"" + response.getSchemaId()
                    + "\", which it did not send: it breaks the protocol");
        }
        return known;
    }

    private static String target(FetchRequest.Builder request) {
        return request.hasJoin() ? "join " + request.getJoin() : "group-by " + request.getGroupBy();
    }
}
