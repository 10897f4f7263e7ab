#!/usr/bin/env python3
"""Writes three versions of a realistic table of orders: OUT/v1/orders.csv, v2, v3.

The same bytes every time (seeded, Python's standard library only). What happens between the
versions is what happens to such a table: v2 has a week more of orders and one day's prices
corrected; v3 has another week, 40 corrections all over the table, and one customer erased.
"""

import argparse
import os
import random

REGIONS = ["north", "south", "west", "east", "central", "coastal", "highland", "islands"]
STATUSES = ["shipped", "pending", "returned", "cancelled", "lost"]
PRODUCTS = (
    "anvil basin bellows bracket bucket cable candle chisel clamp compass crate drill easel file "
    "funnel gasket gauge girder hammer hinge hook jack kettle ladder lamp latch lever lock loom "
    "mallet mirror nail nozzle oven pedal pipe plane pliers press pulley pump rasp rivet rope saw"
).split()
WORDS = (
    "about after again almost always arrived before behind better box broken called careful "
    "checked customer damaged delayed delivery door early exchange expected fragile front garden "
    "gift handed late left letter local message missing morning neighbour next office open order "
    "paid parcel partly phone please quick ready reason received repeat reply second several "
    "small some soon spare stairs street then there twice until urgent waiting weekend wrapped"
).split()
HEADER = "id,date,customer,region,product,quantity,unit_price,discount,score,status,note\n"
ROWS_PER_DAY = 2000
DAYS_IN_MONTH = 28


def date_of(day):
    """A plain calendar of twelve months of 28 days: as long as a real date, no time zone."""
    year, rest = divmod(day, 12 * DAYS_IN_MONTH)
    return f"{2021 + year}-{rest // DAYS_IN_MONTH + 1:02d}-{rest % DAYS_IN_MONTH + 1:02d}"


def make_rows(seed, first, count):
    """Rows `first` and on: one line of text each."""
    draw = random.Random(seed).random
    rows = []
    for number in range(first, first + count):
        r1, r2, r3, r4 = draw(), draw(), draw(), draw()
        note = ""
        if r1 < 0.6:
            note = " ".join([WORDS[int(draw() ** 2 * len(WORDS))] for _ in range(2 + int(r2 * 7))])
        rows.append(
            f"{number + 1},{date_of(number // ROWS_PER_DAY)},C{int(r2 * r2 * 200000):06d},"
            f"{REGIONS[int(r3 * r3 * 8)]},{PRODUCTS[int(r4 * r4 * len(PRODUCTS))]}-{int(r1 * 8):02d},"
            f"{1 + int(r2 * r3 * 24)},{1.99 + r4 * r1 * 250:.2f},{int(r3 * r4 * 6) * 5 / 100:.2f},"
            f"{draw():.6f},{STATUSES[int(r1 * r1 * r3 * 5)]},{note}\n"
        )
    return rows


def corrected(row, draw):
    """The row with another price."""
    cells = row.split(",")
    cells[6] = f"{1.99 + draw() * 250:.2f}"
    return ",".join(cells)


def write(folder, rows):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "orders.csv")
    with open(path, "w", encoding="ascii", newline="") as file:
        file.write(HEADER)
        file.writelines(rows)
    print(f"{path}  {len(rows)} rows, {os.path.getsize(path)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="folder to write into")
    parser.add_argument("--rows", type=int, default=600_000, help="rows of the first version")
    options = parser.parse_args()
    week = 7 * ROWS_PER_DAY

    rows = make_rows(1, 0, options.rows)
    write(os.path.join(options.out, "v1"), rows)

    draw = random.Random(2).random
    day = len(rows) // 2
    for index in range(day, min(day + ROWS_PER_DAY, len(rows))):
        rows[index] = corrected(rows[index], draw)
    rows += make_rows(3, len(rows), week)
    write(os.path.join(options.out, "v2"), rows)

    draw = random.Random(4).random
    for _ in range(40):
        index = int(draw() * len(rows))
        rows[index] = corrected(rows[index], draw)
    gone = rows[len(rows) // 3].split(",")[2]
    rows = [row for row in rows if row.split(",", 3)[2] != gone]
    rows += make_rows(5, options.rows + week, week)
    write(os.path.join(options.out, "v3"), rows)


if __name__ == "__main__":
    main()
