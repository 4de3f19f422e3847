import { waiting } from '../../lambda/request/turn';

test.each([[0, 1], [-5, 1], [1, 1], [1.1, 2], [60, 60], [NaN, 1], [Infinity, 1]])('a wait of %p seconds is one of %p, which the state machine accepts', (seconds, wait) => {
  expect(waiting({}, seconds)).toEqual({ memory: {}, wait });
});
