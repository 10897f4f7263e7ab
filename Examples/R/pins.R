dyn.load("pins.so")
board <- .Call("r_pins_open", "boards/team")
write.csv(mtcars, "mtcars.csv", row.names = FALSE)
.Call("r_pins_write", board, "mtcars", "mtcars.csv", NULL, "csv")
.Call("r_pins_read", board, "mtcars", NULL, "copy.csv")
print(dim(read.csv("copy.csv")))

# Any object, by way of R's own serialization; 'meta' says what the board knows of it.
model <- lm(mpg ~ wt, mtcars)
.Call("r_pins_write", board, "model", serialize(model, NULL), "model.rds", "rds")
again <- unserialize(.Call("r_pins_read_raw", board, "model", NULL))
stopifnot(identical(coef(again), coef(model)))
cat(.Call("r_pins_meta", board, "model", "latest"), "\n")
tryCatch(.Call("r_pins_meta", board, "nothing", NULL), error = function(e) cat(conditionMessage(e), "\n"))
