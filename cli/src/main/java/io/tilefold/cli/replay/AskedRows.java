package io.tilefold.cli.replay;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Prepared rows in groups of one moment, at most so many each. Confined to one thread. */
final class AskedRows implements Iterator<List<AskedRow>> {
    private final ParquetRows rows;
    private final int groupMax;
    private List<AskedRow> ahead = new ArrayList<>();

    AskedRows(ParquetRows rows, int groupMax) {
        this.rows = rows;
        this.groupMax = groupMax;
    }

    @Override
    public boolean hasNext() {
        return !ahead.isEmpty() || rows.hasNext();
    }

    @Override
    public List<AskedRow> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        List<AskedRow> group = ahead;
        ahead = new ArrayList<>();
        while (group.size() < groupMax && rows.hasNext()) {
            AskedRow row = AskedRow.of(rows.next());
            if (!group.isEmpty() && row.qMs() != group.get(0).qMs()) {
                ahead.add(row);
                break;
            }
            group.add(row);
        }
        return group;
    }
}
