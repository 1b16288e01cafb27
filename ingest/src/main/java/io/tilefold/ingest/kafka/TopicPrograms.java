package io.tilefold.ingest.kafka;

import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.apply.ActiveCatalog;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The active catalog's programs by topic. One that does not compile leaves its topic unread and says so. Confined to the reader's thread. */
final class TopicPrograms {
    private static final Logger LOG = LoggerFactory.getLogger(TopicPrograms.class);

    private final long maxFutureMs;
    private final ShardSet shards;
    private final Map<String, TopicProgram> programs = new HashMap<>();
    private ActiveCatalog catalog = ActiveCatalog.NONE;

    /** @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp */
    TopicPrograms(long maxFutureMs, ShardSet shards) {
        this.maxFutureMs = maxFutureMs;
        this.shards = shards;
    }

    /** Compiles what a new catalog wants; false if it is the one that is compiled. */
    boolean follow(ActiveCatalog active) {
        if (active.number() == catalog.number()) {
            return false;
        }
        programs.clear();
        for (String topic : active.topics()) {
            try {
                programs.put(topic, TopicProgram.compile(active, topic, maxFutureMs, shards));
            } catch (RuntimeException e) {
                LOG.error("topic {} is not read: {}", topic, e.getMessage(), e);
            }
        }
        catalog = active;
        LOG.info(
                "catalog {} is active: {} GroupBys, reading topics {}",
                active.number(),
                active.definitions().size(),
                programs.keySet());
        return true;
    }

    ActiveCatalog catalog() {
        return catalog;
    }

    /** Null: the topic is not read. */
    @Nullable TopicProgram of(String topic) {
        return programs.get(topic);
    }

    /** Topics that are read. */
    Set<String> topics() {
        return programs.keySet();
    }

    /** True if every topic of the catalog has its program. */
    boolean isComplete() {
        return topics().containsAll(catalog.topics());
    }
}
