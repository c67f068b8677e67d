import { describe, expect, it } from 'vitest';
import { scheduleProblems, timeZoneProblems } from '../../../../../src/server/kinds/batch/cronjobs/schedule.js';

const schedule = (text: string) => scheduleProblems(text, 'spec.schedule').map(({ message }) => message);

describe('schedules of CronJobs', () => {
  it.each(['* * * * *', '*/15 0-6,20 1 jan-mar mon', '@daily', '@every 1h30m', '0 0 ? * 1-5/2'])(
    '%s is one',
    (text) => {
      expect(schedule(text)).toEqual([]);
    },
  );

  it.each([
    ['every day', 'expected exactly 5 fields, found 2: [every day]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@fortnightly', 'unrecognized descriptor: @fortnightly'],
  ])('%s is none', (text, why) => {
    expect(schedule(text)).toEqual([`Invalid value: ${JSON.stringify(text)}: ${why}`]);
  });

  it('leave the time zone to its own field', () => {
    expect(schedule('TZ=UTC * * * * *')).toHaveLength(1);
  });

  it('are in a zone of the IANA database', () => {
    expect(timeZoneProblems('Europe/Berlin', 'spec.timeZone')).toEqual([]);
    for (const zone of ['', 'Mars/Base', '+01:00']) expect(timeZoneProblems(zone, 'spec.timeZone')).toHaveLength(1);
  });
});
